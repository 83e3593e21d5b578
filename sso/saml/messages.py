"""Our own messages to a SAML provider, and the bindings that carry them (SAML Bindings §3.4 and §3.5)."""

import base64
import secrets
import zlib
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from saml2 import saml, samlp

from sso.messages import Outgoing
from sso.models.providers import IdentityProvider
from sso.saml.metadata import POST, REDIRECT
from sso.saml.reading import parse
from sso.saml.signatures import SIGNATURES, sign_bytes, signed

RSA_SHA256 = next(name for name in SIGNATURES if name.endswith("rsa-sha256"))


def new_id() -> str:
    """160 bits; an xs:ID begins with a letter or underscore (Core §1.3.4)."""
    return f"_{secrets.token_hex(20)}"


def authn_request(
    provider: IdentityProvider, *, request_id: str, destination: str, now: datetime, force: bool
) -> samlp.AuthnRequest:
    """Core §3.4.1."""
    return samlp.AuthnRequest(
        **_common(provider, request_id, destination, now),
        assertion_consumer_service_url=provider.redirect_uri,
        protocol_binding=POST,
        force_authn="true" if force else "false",
        name_id_policy=samlp.NameIDPolicy(allow_create="true", format=provider.name_id_format),
    )


def logout_request(
    provider: IdentityProvider,
    *,
    destination: str,
    now: datetime,
    subject: str,
    name_id: dict[str, str],
    session_index: str,
) -> samlp.LogoutRequest:
    """Core §3.7.1."""
    return samlp.LogoutRequest(
        **_common(provider, new_id(), destination, now),
        name_id=saml.NameID(
            text=subject,
            format=name_id.get("Format"),
            name_qualifier=name_id.get("NameQualifier"),
            sp_name_qualifier=name_id.get("SPNameQualifier"),
        ),
        session_index=[samlp.SessionIndex(text=session_index)] if session_index else [],
    )


def logout_response(
    provider: IdentityProvider, *, destination: str, now: datetime, in_response_to: str
) -> samlp.LogoutResponse:
    """Core §3.7.2."""
    success = samlp.StatusCode(value=samlp.STATUS_SUCCESS)
    return samlp.LogoutResponse(
        **_common(provider, new_id(), destination, now),
        in_response_to=in_response_to,
        status=samlp.Status(status_code=success),
    )


def _common(provider: IdentityProvider, id_: str, destination: str, now: datetime) -> dict[str, object]:
    return {
        "id": id_,
        "version": "2.0",
        "issue_instant": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "destination": destination,
        "issuer": saml.Issuer(text=provider.entity_id),
    }


def outgoing(
    message: samlp.RequestAbstractType_ | samlp.StatusResponseType_,
    *,
    binding: str,
    private_key: bytes,
    relay_state: str = "",
) -> Outgoing:
    """A message as its binding carries it, signed."""
    name = "SAMLResponse" if isinstance(message, samlp.StatusResponseType_) else "SAMLRequest"
    if binding == REDIRECT:
        return _by_redirect(name, str(message), message.destination, private_key, relay_state)
    before = "samlp:Status" if name == "SAMLResponse" else _after_issuer(message)
    raw = signed(parse(str(message).encode()), private_key, before=before)
    fields = {name: base64.b64encode(raw).decode()}
    return Outgoing(message.destination, {**fields, "RelayState": relay_state} if relay_state else fields)


def _after_issuer(message: samlp.RequestAbstractType_) -> str:
    """The signature stands between the issuer and this (Core §3.2.1)."""
    return "samlp:NameIDPolicy" if isinstance(message, samlp.AuthnRequest) else "saml:NameID"


def _by_redirect(name: str, xml: str, destination: str, private_key: bytes, relay_state: str) -> Outgoing:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflater.compress(xml.encode()) + deflater.flush()
    parameters = {name: base64.b64encode(packed).decode()}
    if relay_state:
        parameters["RelayState"] = relay_state
    query = urlencode({**parameters, "SigAlg": RSA_SHA256})
    signature = base64.b64encode(sign_bytes(query.encode(), private_key)).decode()
    joint = "&" if urlsplit(destination).query else "?"
    return Outgoing(f"{destination}{joint}{query}&{urlencode({'Signature': signature})}")
