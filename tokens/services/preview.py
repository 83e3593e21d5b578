"""Preview what a person's token would say now: made by the code that issues tokens, and never signed."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.ports.authority import authority
from common.bookkeeping import rehearsal
from common.errors import DomainError, NotFound
from tokens.claims import Claims
from tokens.models import Application
from tokens.services.grants import new_grant
from tokens.services.issue import prepare, scope_for


@dataclass(frozen=True)
class Preview:
    """`refused` is the code for which there would be no token; empty with one."""

    claims: Claims = field(default_factory=dict)
    aud: str | list[str] = ""
    lifetime: timedelta = timedelta()
    left_out: tuple[str, ...] = ()
    refused: str = ""
    hidden_groups: int = 0


def preview(*, actor: User, user: User, application: Application, audience: str = "") -> Preview:
    """Prepare a token of this client for somebody who just signed in, and leave nothing of it.

    NotFound for somebody whom the actor may not see. Groups that the actor may not read are left out and counted.
    """
    if not authority().visible_users(actor).filter(pk=user.pk).exists():
        raise NotFound("not_found", "There is no such user, or none whom you may see.")
    with rehearsal():
        try:
            return _prepared(user, application, audience)
        except DomainError as refusal:
            return Preview(refused=refusal.code)


def _prepared(user: User, application: Application, audience: str) -> Preview:
    ends_at = timezone.now() + settings.REFRESH_LIFETIME
    session = Session.objects.create(user=user, kind=SessionKind.DEVICE, expires_at=ends_at)
    scope = " ".join(scope_for(application, application.scopes))
    grant = new_grant(session=session, application=application, scope=scope, audience=audience)
    made = prepare(grant=grant, audience=audience)
    return Preview(made.claims, made.target.aud, made.lifetime, tuple(made.left_out))
