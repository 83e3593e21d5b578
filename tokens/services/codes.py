"""Authorization codes (RFC 6749 §4.1): for one use, within a minute, by the client that asked, from where it asked."""

from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

import audit.services as audit
from accounts.models import Session
from common.actors import SYSTEM
from common.errors import Unauthenticated
from common.hashes import sha256_of
from tokens.models import Application, AuthorizationCode
from tokens.models.codes import with_code_hash
from tokens.services.consents import require_given
from tokens.services.gate import gate, hold_parties
from tokens.services.grants import begin, end
from tokens.services.issue import Issued, recording_refusals


class _Quicker(Exception):
    """Another request redeemed the code."""


def save_code(
    code: str,
    *,
    session: Session,
    application: Application,
    redirect_uri: str,
    scope: str,
    audience: str = "",
    nonce: str = "",
    code_challenge: str = "",
) -> None:
    """Keep what a code stands for; Refused when the person or the client may have none."""
    with recording_refusals(session.user), transaction.atomic():
        hold_parties(session.user, application)
        gate(user_id=session.user_id, session_id=session.pk, client_id=application.client_id)
        if not application.first_party:
            require_given(
                user=session.user,
                application=application,
                scopes=scope.split(),
                audience=audience,
                redirect_uri=redirect_uri,
            )
        AuthorizationCode.objects.create(
            code_hash=sha256_of(code),
            session=session,
            application=application,
            redirect_uri=redirect_uri,
            scope=scope,
            audience=audience,
            nonce=nonce,
            code_challenge=code_challenge,
            expires_at=timezone.now() + settings.CODE_LIFETIME,
        )


def find_code(code: str, *, application: Application) -> AuthorizationCode | None:
    """Return the code that this client may redeem now. One that was redeemed ends what it gave (RFC 6749 §10.5)."""
    found = with_code_hash(sha256_of(code))
    if found is None or found.application != application:
        return None
    if found.redeemed_at is not None:
        _end_what_it_gave(found)
        return None
    return found if found.expires_at > _now() else None


def redeem(code: AuthorizationCode, *, audience: str = "") -> Issued:
    """Its tokens, the first one for another `audience` where one is named.

    Unauthenticated `invalid_grant` when another request was quicker, whose tokens end: it may have been a thief's.
    """
    with suppress(_Quicker), recording_refusals(code.session.user), transaction.atomic():
        issued, grant = begin(
            session=code.session,
            application=code.application,
            scope=code.scope,
            audience=code.audience,
            first_audience=audience,
            nonce=code.nonce,
        )
        unused = AuthorizationCode.objects.filter(pk=code.pk, redeemed_at=None)
        if not unused.update(redeemed_at=_now(), grant=grant):
            raise _Quicker  # and what was begun here is not
        return issued
    if (quicker := with_code_hash(code.pk)) is not None:
        _end_what_it_gave(quicker)
    raise Unauthenticated("invalid_grant", "The authorization code was used already.")


@transaction.atomic
def _end_what_it_gave(code: AuthorizationCode) -> None:
    audit.record("code:replay", actor=code.application, target=code.session, result=audit.FAILED, reason="used twice")
    if code.grant is not None:
        end(actor=SYSTEM, grant=code.grant, because="its code was used twice")


def _now() -> datetime:
    return timezone.now()
