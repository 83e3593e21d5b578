"""An identity provider in the test process: pysaml2's Server, signing with the xmlsec1 binary."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

from lxml import etree
from saml2 import BINDING_HTTP_REDIRECT, saml, samlp
from saml2.metadata import entity_descriptor
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from tests.sso import idp_keys, signing
from tests.sso.bindings import BINDINGS, Asked, Binding, Out, Sent, fields_of, posted, xml_of
from tests.sso.peer import Peer
from tests.sso.signing import NAMES
from tests.sso.statement import PERSISTENT, SUCCESS, Statement, fresh_id, soon


class IdP(Peer):
    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        """Return the same: a copy of who is asked speaks to it too."""
        return self

    def metadata(
        self,
        *,
        use: bool = True,
        certified: bool = True,
        valid_until: datetime | None = None,
        signed_by: idp_keys.Key | None = None,
    ) -> str:
        """An EntityDescriptor with every key's certificate; on demand without their `use`, or without any."""
        root = etree.fromstring(str(entity_descriptor(self._config(self.keys[0]))))
        for described in root.findall(".//md:KeyDescriptor", NAMES):
            if not use:
                del described.attrib["use"]
            if not certified:
                described.getparent().remove(described)
        if valid_until:
            root.set("validUntil", valid_until.strftime("%Y-%m-%dT%H:%M:%SZ"))
        root.set("ID", fresh_id())
        text = etree.tostring(root)
        return str((signing.sign_whole(text, signed_by) if signed_by else text).decode())

    # Signing in

    def read(self, sent: Sent) -> Asked:
        """The AuthnRequest; refused by the library when its signature, destination or time is wrong."""
        fields = fields_of(sent)
        message = self._verified(sent, fields, "parse_authn_request") if self.sp is not None else None
        request = message or samlp.authn_request_from_string(xml_of(sent, fields["SAMLRequest"]))
        policy = request.name_id_policy
        return Asked(
            id=request.id,
            issuer=request.issuer.text,
            acs=request.assertion_consumer_service_url or self._location("AssertionConsumerService"),
            force_authn=request.force_authn in ("true", "1"),
            relay_state=fields.get("RelayState", ""),
            destination=request.destination or "",
            name_id_format=policy.format if policy else None,
        )

    def unsolicited(self, acs: str | None = None, sp_entity_id: str | None = None, **options: Any) -> str:
        """As `answer`, to nothing that was asked."""
        issuer = sp_entity_id or self.sp.get("entityID")
        return self.answer(Asked("", issuer, acs or self._location("AssertionConsumerService")), **options)

    def answer(self, asked: Asked | Sent, **options: Any) -> str:
        """The form field SAMLResponse. Options are those of `response`."""
        return posted(self.response(asked, **options))

    def response(
        self,
        asked: Asked | Sent,
        *,
        key: idp_keys.Key | None = None,
        sign_response: bool = True,
        sign_assertion: bool = True,
        encrypted: bool | bytes = False,
        block: signing.Block = "aes256-gcm",
        transport: signing.Transport = "rsa-oaep",
        algorithm: str = SIG_RSA_SHA256,
        digest: str = DIGEST_SHA256,
        **told: Any,
    ) -> bytes:
        """A Response in XML. `told` are fields of Statement; `encrypted` may be the certificate (PEM) to use."""
        asked = asked if isinstance(asked, Asked) else self.read(asked)
        statement = replace(self._statement(asked), **told)
        recipient = encrypted if isinstance(encrypted, bytes) else self.sp_certificate("encryption")
        return signing.sign(
            statement.response(),
            key or self.keys[0],
            assertions=sign_assertion,
            whole=sign_response,
            encrypt_for=recipient if encrypted else None,
            block=block,
            transport=transport,
            algorithm=algorithm,
            digest=digest,
        )

    def _statement(self, asked: Asked) -> Statement:
        return Statement(
            issuer=self.entity_id,
            audiences=[[asked.issuer]],
            destination=asked.acs,
            recipient=asked.acs,
            in_response_to=asked.id or None,
        )

    # Signing out

    def logout_request(
        self,
        name_id: str,
        session_index: str | None = None,
        *,
        binding: Binding = "post",
        key: idp_keys.Key | None = None,
        signed: bool = True,
        name_id_format: str = PERSISTENT,
        relay_state: str = "",
        algorithm: str = SIG_RSA_SHA256,
        **told: Any,
    ) -> str | dict[str, str]:
        """A URL or a form. `told` are attributes of samlp.LogoutRequest, all of them texts."""
        server = self._server(key)
        _, request = server.create_logout_request(
            self._location("SingleLogoutService", binding),
            self.sp.get("entityID"),
            name_id=saml.NameID(text=name_id, format=name_id_format),
            session_indexes=[session_index] if session_index else None,
            expire=soon().strftime("%Y-%m-%dT%H:%M:%SZ"),
            message_id=fresh_id(),
            sign=False,
        )
        return self._sent(server, request, told, binding, "SAMLRequest", key, signed, relay_state, algorithm)

    def read_logout(self, sent: Sent) -> Out:
        """Our LogoutRequest or LogoutResponse, its signature verified."""
        fields = fields_of(sent)
        if "SAMLRequest" in fields:
            request = self._verified(sent, fields, "parse_logout_request")
            indexes = tuple(index.text for index in request.session_index)
            seen = Out(request.id, request.issuer.text, request.destination, request.name_id.text, indexes)
        else:
            answer = self._verified_answer(sent, fields)
            seen = Out(answer.id, answer.issuer.text, answer.destination, in_response_to=answer.in_response_to)
            seen = replace(seen, status=answer.status.status_code.value)
        return replace(seen, relay_state=fields.get("RelayState", ""))

    def logout_response(
        self,
        asked: Out,
        *,
        binding: Binding = "post",
        key: idp_keys.Key | None = None,
        signed: bool = True,
        status: str = SUCCESS,
        algorithm: str = SIG_RSA_SHA256,
        **told: Any,
    ) -> str | dict[str, str]:
        """A URL or a form that answers ours. `told` are attributes of samlp.LogoutResponse, all of them texts."""
        server = self._server(key)
        request = samlp.LogoutRequest(id=asked.id, issuer=saml.Issuer(text=asked.issuer))
        verdict = samlp.Status(status_code=samlp.StatusCode(value=status))
        answer = server.create_logout_response(request, [BINDINGS[binding]], status=verdict, sign=False)
        told = {"destination": self._location("SingleLogoutService", binding), **told}
        return self._sent(server, answer, told, binding, "SAMLResponse", key, signed, asked.relay_state, algorithm)

    def _sent(
        self,
        server: Server,
        message: Any,
        told: Mapping[str, Any],
        binding: Binding,
        field: str,
        key: idp_keys.Key | None,
        signed: bool,
        relay_state: str,
        algorithm: str,
    ) -> str | dict[str, str]:
        where = message.destination
        for name, value in told.items():
            setattr(message, name, saml.Issuer(text=value) if name == "issuer" else value)
        if binding == "post":
            text = message.to_string()
            text = signing.sign_whole(text, key or self.keys[0], algorithm=algorithm) if signed else text
            return {field: posted(text)} | ({"RelayState": relay_state} if relay_state else {})
        sent = server.apply_binding(
            BINDING_HTTP_REDIRECT,
            str(message),
            where,
            relay_state,
            response=field == "SAMLResponse",
            sign=signed,
            sigalg=algorithm,
        )
        return str(dict(sent["headers"])["Location"])
