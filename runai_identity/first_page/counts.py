"""Count what deserves a look, each with the list that shows just that. The side bar leads to the whole lists."""

from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts.models import Session, User
from clustersync.models import Cluster
from runai_identity.first_page.visible import visible
from sso.models import Attempt, Identity
from sso.models.attempts import AttemptOutcome
from tokens.models import Application

MOST_COUNTED = 10_000
LATELY = timedelta(days=1)
MUST_CHANGE = "?must_change_password__exact=1"


class Count(NamedTuple):
    label: str
    number: str
    url: str


COUNTED = (
    (gettext_noop("Disabled users"), User, Q(enabled=False), "?enabled__exact=0"),
    (gettext_noop("Users with a temporary password"), User, Q(must_change_password=True), MUST_CHANGE),
    (gettext_noop("Identities without a user"), Identity, Q(user=None), "?linked=no"),
    (gettext_noop("Disabled applications"), Application, Q(enabled=False), "?enabled__exact=0"),
    (gettext_noop("Disabled clusters"), Cluster, Q(enabled=False), "?enabled__exact=0"),
)


def counts(request: HttpRequest) -> list[Count]:
    """Return those that are not 0."""
    shown = [
        _count(gettext(label), rows.filter(where), query)
        for label, model, where, query in COUNTED
        if (rows := visible(request, model)) is not None
    ]
    sessions = visible(request, Session)
    if sessions is not None:
        shown.append(_count(gettext("Live sessions"), sessions.live(), "?state=live"))  # type: ignore[attr-defined]  # SessionQuerySet
    attempts = visible(request, Attempt)
    if attempts is not None:
        lately = attempts.filter(outcome=AttemptOutcome.REFUSED, at__gte=timezone.now() - LATELY)
        shown.append(_count(gettext("Refused by single sign-on today"), lately, "?outcome__exact=refused"))
    return [count for count in shown if count.number != "0"]


def _count(label: str, rows: QuerySet[User], query: str) -> Count:
    number = rows.values("pk")[: MOST_COUNTED + 1].count()
    said = f"more than {MOST_COUNTED:,}" if number > MOST_COUNTED else f"{number:,}"
    meta = rows.model._meta
    return Count(label, said, reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") + query)
