"""A provider's configuration of pysaml2, and what it knows of the service provider that it serves."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, samlp
from saml2.config import IdPConfig
from saml2.server import Server
from saml2.sigver import verify_redirect_signature
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from tests.sso import idp_keys, signing
from tests.sso.bindings import BINDINGS, Binding, Sent, xml_of
from tests.sso.signing import NAMES


class Peer:
    def __init__(
        self,
        entity_id: str = "https://idp.example.com/metadata",
        *,
        keys: Sequence[idp_keys.Key] = (),
        url: str = "https://idp.example.com",
    ) -> None:
        self.entity_id = entity_id
        self.keys = tuple(keys) or (idp_keys.key(),)
        self.url = url
        self.sp: Any = None
        self._servers: dict[idp_keys.Key, Server] = {}

    def trust(self, sp_metadata: str) -> None:
        """Register the service provider; from now on every message of its must be signed by a key in there."""
        self.sp = etree.fromstring(sp_metadata.encode())
        self._servers.clear()

    def sp_certificate(self, use: Literal["signing", "encryption"]) -> bytes | None:
        """In PEM."""
        if self.sp is None:
            return None
        path = f".//md:KeyDescriptor[@use='{use}']//ds:X509Certificate"
        found = self.sp.find(path, NAMES)
        found = found if found is not None else self.sp.find(".//md:KeyDescriptor//ds:X509Certificate", NAMES)
        body = "".join(found.text.split())
        lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
        return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode()

    def _location(self, service: str, binding: Binding = "post") -> str:
        found = self.sp.find(f".//md:{service}[@Binding='{BINDINGS[binding]}']", NAMES)
        assert found is not None, f"The service provider has no {service} by {binding}."
        return str(found.get("Location"))

    def _verified(self, sent: Sent, fields: Mapping[str, str], parse: str) -> Any:
        binding = BINDING_HTTP_REDIRECT if isinstance(sent, str) else BINDING_HTTP_POST
        signature = (fields.get("RelayState"), fields.get("SigAlg"), fields.get("Signature"))
        return getattr(self._server(), parse)(fields["SAMLRequest"], binding, *signature).message

    def _verified_answer(self, sent: Sent, fields: Mapping[str, str]) -> Any:
        """pysaml2 itself knows no signature of a response by Redirect."""
        security = self._server().sec
        certificate = self.sp_certificate("signing")
        assert certificate
        body = "".join(certificate.decode().splitlines()[1:-1])
        text = xml_of(sent, fields["SAMLResponse"])
        if isinstance(sent, str):
            assert verify_redirect_signature(dict(fields), security.sec_backend, body)
            return samlp.logout_response_from_string(text)
        return security.correctly_signed_logout_response(text.decode(), must=True)

    def _server(self, key: idp_keys.Key | None = None) -> Server:
        key = key or self.keys[0]
        if key not in self._servers:
            self._servers[key] = Server(config=self._config(key))
        return self._servers[key]

    def _config(self, key: idp_keys.Key) -> IdPConfig:
        others = [str(other.certificate) for other in self.keys if other != key]
        both = [BINDING_HTTP_REDIRECT, BINDING_HTTP_POST]
        endpoints = {
            "single_sign_on_service": [(f"{self.url}/sso", binding) for binding in both],
            "single_logout_service": [(f"{self.url}/slo", binding) for binding in both],
        }
        known = {"inline": [etree.tostring(self.sp).decode()]} if self.sp is not None else {}
        told = {
            "entityid": self.entity_id,
            "xmlsec_binary": signing.xmlsec1(),
            "key_file": str(key.private),
            "cert_file": str(key.certificate),
            "additional_cert_files": others,
            "signing_algorithm": SIG_RSA_SHA256,
            "digest_algorithm": DIGEST_SHA256,
            "metadata": known,
            "service": {"idp": {"endpoints": endpoints, "want_authn_requests_signed": True}},
        }
        return IdPConfig().load(told)
