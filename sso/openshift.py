"""OpenShift's OAuth server: OAuth 2.0 without ID tokens. The API server identifies the user."""

from datetime import datetime
from secrets import token_urlsafe
from typing import Any, NoReturn

from common.wording import Wording
from sso import oidc
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.messages import Outgoing
from sso.models import IdentityProvider
from sso.oidc_metadata import document_of, endpoints_of, unusable

WELL_KNOWN = "/.well-known/oauth-authorization-server"
NEEDED = ("issuer", "authorization_endpoint", "token_endpoint")
SCOPES = ("user:info",)
WHO = "/apis/user.openshift.io/v1/users/~"


def read_metadata(text: str, *, url: str, entity_id: str = "") -> dict[str, Any]:
    """Read RFC 8414 metadata at the API server. The issuer is the OAuth server's route, on another host."""
    if not url.endswith(WELL_KNOWN):
        raise unusable(Wording("Its address ends with {path}: give that of the API server.", path=WELL_KNOWN))
    peer = endpoints_of(document_of(text), NEEDED, NEEDED)
    return {**peer, "user_endpoint": f"{url.removesuffix(WELL_KNOWN)}{WHO}"}


def begin(
    provider: IdentityProvider, *, request_id: str, again: bool, now: datetime
) -> tuple[Outgoing, dict[str, str]]:
    """Build the authorization request. OpenShift has no `prompt`: a forced sign-in fails while its session lasts."""
    kept = {"code_verifier": token_urlsafe(48)}
    with oidc.client_of(provider, scopes=oidc.scopes_of(provider, SCOPES)) as client:
        url, _ = client.create_authorization_url(
            provider.peer["authorization_endpoint"], state=request_id, code_verifier=kept["code_verifier"]
        )
    return Outgoing(str(url)), kept


def finish(
    provider: IdentityProvider,
    *,
    given: dict[str, str],
    kept: dict[str, str],
    request_id: str,
    log: CheckLog,
    now: datetime,
) -> VerifiedAssertion:
    """Return the assertion. Attributes are the user object's paths: `metadata.name`, `fullName`, `groups`."""
    oidc.check_answer(provider, given, log)
    token = oidc.exchange(provider, given["code"], kept["code_verifier"], log)
    response = oidc.ask_userinfo(provider, provider.peer["user_endpoint"], token, log)
    log.require(not response.problem, "The user object", "bad_provider", response.problem)
    attributes = _by_path(response.claims)
    subject = attributes.get("metadata.uid")
    if not isinstance(subject, str) or not subject:
        log.refuse("It has a subject", "no_identity", "The user object has no metadata.uid.")
    oidc.check_mandatory_claim(provider, attributes, log)
    return VerifiedAssertion(
        issuer=provider.peer["issuer"], subject=subject, attributes=attributes, request_id=request_id
    )


def refresh(provider: IdentityProvider, *, refresh_token: str, subject: str, log: CheckLog, now: datetime) -> NoReturn:
    """Refuse: OpenShift issues no refresh tokens, so this is never called."""
    log.refuse("The provider still knows the user", "provider_failed", "OpenShift gives no refresh tokens.")


def _by_path(user: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in user.items() if not isinstance(value, dict)}
    metadata = user.get("metadata")
    if isinstance(metadata, dict):
        flat |= {f"metadata.{name}": value for name, value in metadata.items() if isinstance(value, str)}
    return flat
