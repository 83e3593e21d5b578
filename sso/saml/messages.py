"""Messages to a SAML provider, and the bindings that carry them (SAML Bindings §3.4 and §3.5)."""

import base64
import secrets
import zlib
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key
from saml2 import saml, samlp

from sso.messages import Outgoing
from sso.models.providers import IdentityProvider
from sso.saml import sandbox
from sso.saml.values import POST, REDIRECT

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def new_id() -> str:
    """Return a message ID of 160 bits. An xs:ID begins with a letter or underscore (Core §1.3.4)."""
    return f"_{secrets.token_hex(20)}"


def authn_request(
    provider: IdentityProvider, *, request_id: str, destination: str, now: datetime, force: bool
) -> samlp.AuthnRequest:
    """Build an AuthnRequest (Core §3.4.1)."""
    return samlp.AuthnRequest(
        **_common(provider, request_id, destination, now),
        assertion_consumer_service_url=provider.redirect_uri,
        protocol_binding=POST,
        force_authn="true" if force else "false",
        name_id_policy=samlp.NameIDPolicy(allow_create="true", format=provider.name_id_format),
        requested_authn_context=_requested_context(provider) if provider.second_factor else None,
    )


def _requested_context(provider: IdentityProvider) -> samlp.RequestedAuthnContext:
    """Ask for one of the provider's contexts (Core §3.3.2.2.1)."""
    classes = [saml.AuthnContextClassRef(text=context) for context in provider.contexts_asked]
    return samlp.RequestedAuthnContext(authn_context_class_ref=classes, comparison=provider.authn_comparison)


def logout_request(
    provider: IdentityProvider,
    *,
    destination: str,
    now: datetime,
    subject: str,
    name_id: dict[str, str],
    session_index: str,
) -> samlp.LogoutRequest:
    """Build a LogoutRequest (Core §3.7.1)."""
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
    """Build a LogoutResponse (Core §3.7.2)."""
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
    """Sign a message and wrap it for its binding."""
    name = "SAMLResponse" if isinstance(message, samlp.StatusResponseType_) else "SAMLRequest"
    if binding == REDIRECT:
        return _by_redirect(name, str(message), message.destination, private_key, relay_state)
    before = "samlp:Status" if name == "SAMLResponse" else _after_issuer(message)
    key = base64.b64encode(private_key).decode()
    xml = sandbox.ask("sign", xml=str(message), private_key=key, before=before)["xml"]
    fields = {name: base64.b64encode(xml.encode()).decode()}
    return Outgoing(message.destination, {**fields, "RelayState": relay_state} if relay_state else fields)


def _after_issuer(message: samlp.RequestAbstractType_) -> str:
    """Return the element before which the signature belongs: behind the issuer (Core §3.2.1)."""
    return "samlp:NameIDPolicy" if isinstance(message, samlp.AuthnRequest) else "saml:NameID"


def _by_redirect(name: str, xml: str, destination: str, private_key: bytes, relay_state: str) -> Outgoing:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = deflater.compress(xml.encode()) + deflater.flush()
    parameters = {name: base64.b64encode(packed).decode()}
    if relay_state:
        parameters["RelayState"] = relay_state
    query = urlencode({**parameters, "SigAlg": RSA_SHA256})
    made = _private(private_key).sign(query.encode(), padding.PKCS1v15(), hashes.SHA256())
    signature = base64.b64encode(made).decode()
    joint = "&" if urlsplit(destination).query else "?"
    return Outgoing(f"{destination}{joint}{query}&{urlencode({'Signature': signature})}")


@lru_cache(maxsize=64)
def _private(private_key: bytes) -> rsa.RSAPrivateKey:
    key = load_der_private_key(private_key, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101  as we make them
    return key
