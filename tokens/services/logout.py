"""Signing out at the request of a client (OpenID Connect RP-Initiated Logout 1.0)."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.db import transaction

from accounts.models import Session
from accounts.models.sessions import SessionKind
from accounts.services.sessions import revoke_session
from common.errors import Invalid, Unauthenticated
from tokens import jwt
from tokens.claims import Claims
from tokens.models import Application, Grant
from tokens.services.clients import is_enabled

SIGNED_OUT = "signed out"


@dataclass(frozen=True)
class RPInitiatedLogout:
    """A request to sign out: the client, whom its ID token hints at, and the registered address to go to, if any.

    `turned_down` says that another one was asked for.
    """

    client_id: str
    sub: str
    sid: str
    url: str
    turned_down: bool


def read_logout_request(given: dict[str, str]) -> RPInitiatedLogout:
    """Invalid `invalid_request` when what it says of its client and of the person can't be trusted (§2).

    The hint may have expired: it says who is meant, and an ID token's end is not that of a session.
    """
    hint = _hint(given.get("id_token_hint", ""))
    application = _client(given.get("client_id", ""), hint)
    wanted, url = _on_to(given, application)
    return RPInitiatedLogout(
        client_id=application.client_id if application else "",
        sub=str(hint.get("sub", "")),
        sid=str(hint.get("sid", "")),
        url=url,
        turned_down=bool(wanted and not url),
    )


def is_meant(asked: RPInitiatedLogout, session: Session) -> bool:
    """Return whether the hint is of this session, or of one that a client has of its own since this one let it in."""
    if asked.sub != str(session.user_id):
        return False
    if asked.sid in ("", str(session.pk)):
        return True
    return Grant.objects.filter(session_id=UUID(asked.sid), started_from=session).exists()


@transaction.atomic
def sign_out(asked: RPInitiatedLogout, *, session: Session | None) -> None:
    """End this browser's session, and the client's own one that the hint names, unless it is somebody else's.

    Without the browser of its owner a hint ends nothing: clusters have it too, where kubectl sends ID tokens.
    """
    if session is None:
        return
    revoke_session(actor=session.user, session=session, because=SIGNED_OUT)
    own = _own_session(asked)
    if own is not None and own.user_id == session.user_id:
        revoke_session(actor=own.user, session=own, because=SIGNED_OUT)


def _hint(raw: str) -> Claims:
    try:
        return jwt.read_hint(raw) if raw else {}
    except Unauthenticated:
        raise Invalid("invalid_request", "The id_token_hint is not an ID token of ours.") from None


def _client(client_id: str, hint: Claims) -> Application | None:
    """Return the client that asks; None when it doesn't say, or was deleted since it got its ID token."""
    if hint and client_id not in ("", hint.get("azp")):
        raise Invalid("invalid_request", "The id_token_hint was issued to another client than this client_id.")
    named = client_id or str(hint.get("azp", ""))
    application = Application.objects.filter(client_id=named).first()
    if application is None and client_id:
        raise Invalid("invalid_request", "There is no client with this client_id.")
    return application


def _on_to(given: dict[str, str], application: Application | None) -> tuple[str, str]:
    """Return what was asked for, and where people are sent: exactly what is registered, with the client's state (§3).

    The older `redirect_uri`, which the platform's command line sends alone, may be any enabled client's.
    """
    standard, older = given.get("post_logout_redirect_uri", ""), given.get("redirect_uri", "")
    wanted = standard or older
    if not wanted:
        return "", ""
    if application is not None:
        candidates = [application]
    else:
        near = Application.objects.filter(post_logout_redirect_uris__contains=wanted)
        candidates = [] if standard else list(near)
    registered = any(is_enabled(one) and one.post_logout_redirect_uri_allowed(wanted) for one in candidates)
    return wanted, _with_state(wanted, given.get("state", "")) if registered else ""


def _with_state(uri: str, state: str) -> str:
    if not state:
        return uri
    parts = urlsplit(uri)
    added = urlencode({"state": state})
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def _own_session(asked: RPInitiatedLogout) -> Session | None:
    """Return a session that only this client has: a device's, or that of a web application which went on by itself."""
    if not asked.sid:
        return None
    devices = Session.objects.select_related("user").filter(
        pk=asked.sid, user_id=UUID(asked.sub), kind=SessionKind.DEVICE
    )
    return devices.filter(grants__application__client_id=asked.client_id).first()
