"""Authenticate clients at the OAuth endpoints: by secret, by a JWT of their own, or by name only when public."""

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from django.conf import settings

import audit.services as audit
from common.context import acting_by
from common.errors import Unauthenticated
from common.hashes import sha256_of
from tokens.models import Application
from tokens.models.applications import ApplicationType, AuthMethod, GrantType, with_client_id
from tokens.services.assertions import application_of

PUBLIC = Application.CLIENT_PUBLIC

# What kubelogin and the command lines of the platform listen on unless told otherwise. RFC 8252 §8.3 prefers the
# addresses, whose port is free.
LOOPBACK = (
    "http://127.0.0.1 http://[::1] http://127.0.0.1/ http://[::1]/ http://127.0.0.1/callback http://[::1]/callback"
    " http://localhost:8000 http://localhost:18000 http://localhost:8000/ http://localhost:18000/"
    " http://localhost:43121 http://localhost:43121/"
)

# The client of the people's command line and of kubectl.
COMMAND_LINE: Final = "runai-cli"
BUILT_IN: dict[str, dict[str, object]] = {
    "runai": {
        "display_name": "Control plane",
        "grant_types": [GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN],
        "redirect_uris": LOOPBACK,
    },
    COMMAND_LINE: {
        "display_name": "Command line",
        "application_type": ApplicationType.NATIVE,
        "grant_types": [GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN, GrantType.DEVICE_CODE],
        "redirect_uris": LOOPBACK,
        "post_logout_redirect_uris": "http://localhost:8000/logout",
    },
    "cli": {
        "display_name": "Token API",
        "application_type": ApplicationType.NATIVE,
        "grant_types": [GrantType.REFRESH_TOKEN],
    },
    "remote-browser": {
        "display_name": "Command line without a browser",
        "application_type": ApplicationType.NATIVE,
        "grant_types": [GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN],
        "require_pkce": False,
        "redirect_uris": f"{settings.PUBLIC_URL}/oauth-code",
    },
}
FIRST_PARTY = frozenset({"cli", "runai", COMMAND_LINE})
RESERVED = frozenset({*BUILT_IN, f"{COMMAND_LINE}-sso"})
COPIED_BY_HAND = "remote-browser"


def ensure_built_in_clients() -> None:
    """Make the clients that the server brings along, where they are missing; what was changed in them stays."""
    for client_id, fields in BUILT_IN.items():
        Application.objects.get_or_create(
            client_id=client_id,
            defaults={
                "name": client_id,
                "client_type": PUBLIC,
                "token_endpoint_auth_method": AuthMethod.NONE,
                "first_party": True,
                "built_in": True,
                **fields,
            },
        )


@dataclass(frozen=True)
class Credentials:
    """The credentials that a request shows for its client; `method` is how the secret came, for the registered way."""

    client_id: str
    method: AuthMethod = AuthMethod.NONE
    secret: str = ""
    assertion: str = ""


def authenticate_client(shown: Credentials) -> Application:
    """Return the enabled client that these credentials prove, or raise `invalid_client`, which never tells why."""
    if shown.method == AuthMethod.PRIVATE_KEY_JWT:
        application = application_of(shown.assertion, client_id=shown.client_id)
        why = "" if application else "bad assertion"
    else:
        application = with_client_id(shown.client_id)
        why = _why_not(application, shown)
    if application is None or why or not is_enabled(application):
        why = why or ("disabled" if application else "unknown application")
        raise _refused(application, why, client_id=shown.client_id)
    acting_by(client_id=application.client_id)
    return application


def is_enabled(application: Application) -> bool:
    """Also by the setting that the oldest client waits for."""
    return application.enabled and (application.client_id != COPIED_BY_HAND or settings.LEGACY_REMOTE_BROWSER)


def check_secret(*, client_id: str, secret: str) -> Application:
    """Return the application with these credentials, or Unauthenticated, alike for unknown, wrong and disabled.

    Tries are not counted: 256 random bits can't be guessed, and a lock would be a way to stop somebody else's robot.
    """
    application = with_client_id(client_id)
    why = _why_secret_is_wrong(application, secret)
    if application is None or why or not application.enabled:
        raise _refused(application, why or "disabled", client_id=client_id, code="bad_credentials")
    acting_by(client_id=application.client_id)
    return application


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def _why_not(application: Application | None, shown: Credentials) -> str:
    # Many libraries send Basic for a public client too, with an empty password (RFC 6749 §2.3.1).
    empty = shown.method == AuthMethod.BASIC and not shown.secret
    if shown.method != AuthMethod.NONE and not (empty and application is not None and application.is_public):
        return _why_secret_is_wrong(application, shown.secret)
    if application is not None and not application.is_public:
        return "no credentials"
    return ""


def _why_secret_is_wrong(application: Application | None, secret: str) -> str:
    """Two hashes are compared in any case, so that the time tells nothing."""
    shown = sha256_of(secret)
    right = hmac.compare_digest(application.secret_hash if application else "", shown)
    before = application.previous_secret_hash if application and application.has_previous_secret else ""
    right |= hmac.compare_digest(before, shown)
    if application is None:
        return "unknown application"
    if application.token_endpoint_auth_method not in (AuthMethod.BASIC, AuthMethod.POST):
        return "it doesn't authenticate by secret"
    return "" if right else "wrong secret"


def _refused(
    application: Application | None, why: str, *, client_id: str, code: str = "invalid_client"
) -> Unauthenticated:
    audit.record("token:refuse", actor=None, target=application, result=audit.FAILED, reason=why, unknown=client_id)
    return Unauthenticated(code, "The client id or the secret is not right, or it is disabled.")
