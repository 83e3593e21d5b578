"""Telling clients that a session ended (OpenID Connect Back-Channel Logout 1.0).

A notice is written in the transaction that ends the session, and sent after it by a short-lived thread; what a client
does not acknowledge is sent again by the periodic work, of whichever replica comes first.
"""

from threading import Lock

import requests
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

import audit.services as audit
from accounts.models import Session
from common import outbound
from common.actors import SYSTEM
from common.errors import DomainError
from common.locking import try_hold
from common.outbox import PAUSES, deliver_in_thread
from tokens import jwt
from tokens.claims import Claims
from tokens.models import Application, Grant, LogoutNotice
from tokens.models.applications import ApplicationType

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TIMEOUT = 5  # seconds, for all of it: who drips his answer would keep everybody else's notices waiting
AT_ONCE = 100

_at_work = Lock()


def note_logouts(session: Session) -> None:
    """Write down whom to tell that this session ended: each client that has tokens of it, or went on from it."""
    went_on = Q(started_from=session, application__application_type=ApplicationType.WEB)
    grants = Grant.objects.filter(Q(session=session) | went_on, revoked_at=None)
    told = grants.exclude(application__backchannel_logout_uri="").values_list("application_id", "session_id").distinct()
    notices = [
        LogoutNotice(application_id=application, sub=str(session.user_id), sid=str(sid), next_try_at=timezone.now())
        for application, sid in told
        if try_hold(Application(pk=application))
    ]
    if notices:
        LogoutNotice.objects.bulk_create(notices, ignore_conflicts=True)
        transaction.on_commit(deliver_soon)


def deliver_soon() -> None:
    """In a thread of its own: whoever signs out doesn't wait for other people's servers."""
    deliver_in_thread(deliver_due, one_at_a_time=_at_work, name="back-channel logouts")


def are_due() -> bool:
    return LogoutNotice.objects.filter(next_try_at__lte=timezone.now()).exists()


def deliver_due() -> int:
    """Send what is due, once each even when replicas do it together; how many were acknowledged."""
    due = LogoutNotice.objects.select_related("application").filter(next_try_at__lte=timezone.now())
    return sum(_deliver(notice) for notice in due.order_by("next_try_at")[:AT_ONCE])


def _deliver(notice: LogoutNotice) -> bool:
    if not _claim(notice):
        return False
    failure = _post(notice)
    if not failure:
        notice.delete()
        return True
    if notice.tries + 1 >= len(PAUSES):
        _give_up(notice, failure)
    return False


def _claim(notice: LogoutNotice) -> bool:
    """Set the next try before this one, so that no other replica does the same meanwhile."""
    pause = PAUSES[min(notice.tries, len(PAUSES) - 1)]
    unclaimed = LogoutNotice.objects.filter(pk=notice.pk, next_try_at=notice.next_try_at)
    return bool(unclaimed.update(next_try_at=timezone.now() + pause, tries=F("tries") + 1))


def _post(notice: LogoutNotice) -> str:
    """Return what went wrong; empty when the client acknowledged (§2.8). No answer is read, no redirect followed."""
    uri = notice.application.backchannel_logout_uri
    with outbound.session() as client:
        try:
            outbound.check_url(uri)
            said = {"logout_token": logout_token(notice)}
            answer = client.post(uri, data=said, timeout=TIMEOUT, allow_redirects=False, stream=True)
        except DomainError as refusal:
            return refusal.code
        except (requests.RequestException, ValueError) as error:
            return outbound.refusal(error, uri).code
    return "" if answer.status_code in (200, 204) else f"HTTP {answer.status_code}"


def logout_token(notice: LogoutNotice) -> str:
    """§2.4. Without a nonce, so that nobody takes it for an ID token."""
    application = notice.application
    claims: Claims = {"sid": notice.sid, "events": {EVENT: {}}}
    if application.client_id != settings.SHARED_AUDIENCE:
        # Clusters with the platform's flags take any JWT with that audience, and its `sub` for the user.
        claims["sub"] = notice.sub
    return jwt.sign(
        jwt.LogoutToken,
        claims,
        audience=application.client_id,
        lifetime=settings.LOGOUT_TOKEN_LIFETIME,
        algorithm=application.algorithm,
    )


@transaction.atomic
def _give_up(notice: LogoutNotice, failure: str) -> None:
    audit.record(
        "logout:undelivered",
        actor=SYSTEM,
        target=notice.application,
        result=audit.FAILED,
        reason=failure,
        sid=notice.sid,
    )
    notice.delete()
