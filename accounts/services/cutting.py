"""Cut all access of a person now, and report what was cut and what can still live until when."""

from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

import audit.services as audit
from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.ports.authority import authority
from accounts.ports.cutting import Cut, LivesOn, end_elsewhere
from accounts.services.sessions import revoke_all
from accounts.services.users import disable_user
from common.actors import Actor
from common.locking import lock_to_remove
from common.wording import Wording

ACTION = "user:access:cut"
BECAUSE = "access cut"
_KINDS = {
    SessionKind.BROWSER: Wording("browser sessions"),
    SessionKind.DEVICE: Wording("API and CLI sessions"),
    SessionKind.CLUSTER_TOKEN: Wording("cluster tokens"),
}


@dataclass(frozen=True)
class CutReport:
    """`ended` has how many of each kind; the audit event of this id keeps all of it."""

    event_id: int
    disabled: bool
    ended: dict[str, int]
    lives_on: list[LivesOn]


@transaction.atomic
def cut_access(*, actor: Actor, user: User, disable: bool = True, applications: bool = False) -> CutReport:
    """End everything that this user was given: sessions, grants, codes, cluster tokens, consents.

    With `disable` they can't sign in again; with `applications` the applications that they registered are disabled and
    their initial access tokens deleted, for which the actor needs the power over each.
    """
    authority().queue_removals()
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    with authority().keeping_an_administrator():
        # Whoever redeems a code or begins a session for this user holds the row: it is over before, or comes after.
        user, began = lock_to_remove(user), timezone.now()
        live = Session.objects.live().filter(user=user)
        sessions = dict(live.values_list("pk", "kind"))
        revoke_all(actor=actor, user=user, because=BECAUSE)
        counts = Counter(_KINDS[SessionKind(kind)] for kind in sessions.values())
        elsewhere = end_elsewhere(Cut(actor, user, applications, began, frozenset(sessions)))
        user.password_links.all().delete()
        if disable and user.enabled:
            disable_user(actor=actor, user=user)
    ended: dict[str, int] = {**{kind: counts[kind] for kind in _KINDS.values()}, **elsewhere.counts}
    disabled = disable or not user.enabled
    lives_on = [one._replace(until=one.until and one.until.replace(microsecond=0)) for one in elsewhere.lives_on]
    event = audit.record(
        ACTION,
        actor=actor,
        target=user,
        disabled=disabled,
        applications=applications,
        ended=ended,
        lives_on=[_kept(one) for one in lives_on],
    )
    return CutReport(event.pk, disabled, ended, lives_on)


def _kept(one: LivesOn) -> dict[str, object]:
    """Return what the audit log keeps of it: the English texts, and their values, to translate them."""
    wordings = {"where": Wording.of(one.where).as_json(), "why": Wording.of(one.why).as_json()}
    return {**one._asdict(), "until": one.until.isoformat() if one.until else None, "wordings": wordings}
