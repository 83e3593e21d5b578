"""The filters of the audit log. All stand in the address, so that a link leads to the same entries."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from audit.models import OF_KUBERNETES, Event, Result
from audit.words import actions_called
from common.changelist import NotOffered
from common.listing import clean, timestamp
from common.newest_first import TypedFilter

LONGEST_ID = 64
LONGEST_NAME = 254
_ACTION = re.compile(r"[a-z0-9_:-]{1,60}", re.ASCII)

WITHIN = {
    "1h": ("the last hour", timedelta(hours=1)),
    "24h": ("the last 24 hours", timedelta(days=1)),
    "7d": ("the last 7 days", timedelta(days=7)),
    "30d": ("the last 30 days", timedelta(days=30)),
}


class Named(TypedFilter):
    longest = LONGEST_NAME

    def check(self, value: str) -> None:
        if len(clean(value)) > self.longest:
            raise NotOffered(str(self.parameter_name), f"it has at most {self.longest} characters.")


class ByAction(Named):
    title = gettext_lazy("action")
    parameter_name = field_path = "action"

    def check(self, value: str) -> None:
        if not _ACTION.fullmatch(value):
            raise NotOffered("action", "an action is written as in the list, for example user:create.")


class ByActor(Named):
    """E-mail or client id, as the list has it; or an id."""

    title = gettext_lazy("by")
    parameter_name = "actor"

    def any_of(self, value: str) -> Sequence[Q]:
        if is_id(value):
            return [Q(subject_id=value)]
        return [Q(subject=spelt) for spelt in sorted({value, value.lower()})]


class ByTarget(Named):
    title = gettext_lazy("about")
    parameter_name = "target"

    def any_of(self, value: str) -> Sequence[Q]:
        names = [] if is_id(value) else [Q(entity_name=spelt) for spelt in sorted({value, value.lower()})]
        return [Q(entity_id=value), *names]


class AboutObject(Named):
    """The history of one object, to which other pages link. A person's own sign-ins belong to it too."""

    title = gettext_lazy("about or by")
    parameter_name = "entity_id"
    longest = LONGEST_ID

    def any_of(self, value: str) -> Sequence[Q]:
        return [Q(entity_id=value), Q(subject_id=value)]


class ByAddress(Named):
    title = gettext_lazy("from the address")
    parameter_name = "address"
    field_path = "source_ip"

    def check(self, value: str) -> None:
        try:
            validate_ipv46_address(value)
        except ValidationError:
            raise NotOffered("address", "write one IP address, for example 192.0.2.7.") from None


class BySession(Named):
    title = gettext_lazy("in the session")
    parameter_name = "session"
    field_path = "session_id"
    longest = LONGEST_ID


class ByGrant(Named):
    title = gettext_lazy("by the grant")
    parameter_name = "grant"
    field_path = "grant_id"
    longest = LONGEST_ID


class ByToken(Named):
    title = gettext_lazy("by the token")
    parameter_name = "token"
    field_path = "token_id"
    longest = LONGEST_ID + len(OF_KUBERNETES)

    def any_of(self, value: str) -> Sequence[Q]:
        return [Q(token_id=value.removeprefix(OF_KUBERNETES))]


class ByRequest(Named):
    title = gettext_lazy("in the request")
    parameter_name = "request"
    field_path = "request_id"
    longest = LONGEST_ID


class Since(TypedFilter):
    title = gettext_lazy("from")
    parameter_name = "since"
    compared = "at__gte"

    def check(self, value: str) -> None:
        timestamp(value, str(self.parameter_name))

    def any_of(self, value: str) -> Sequence[Q]:
        return [Q(**{self.compared: timestamp(value, str(self.parameter_name))})]


class Until(Since):
    title = gettext_lazy("until")
    parameter_name = "until"
    compared = "at__lte"


class Within(admin.SimpleListFilter):
    title = gettext_lazy("time")
    parameter_name = "within"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, words) for name, (words, _) in WITHIN.items()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Event]) -> QuerySet[Event]:
        wanted = WITHIN.get(self.value() or "")
        return rows.filter(at__gte=timezone.now() - wanted[1]) if wanted else rows


class ByResult(admin.SimpleListFilter):
    title = gettext_lazy("result")
    parameter_name = "result"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(Result.SUCCEEDED.value, gettext("Succeeded")), (Result.FAILED.value, gettext("Refused or failed"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Event]) -> QuerySet[Event]:
        return rows.filter(result=self.value()) if self.value() else rows


FILTERS = (
    ByResult,
    Within,
    ByAction,
    ByActor,
    ByTarget,
    ByAddress,
    Since,
    Until,
    BySession,
    ByGrant,
    ByToken,
    ByRequest,
    AboutObject,
)


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def looked_up(text: str) -> list[Q]:
    """Return the look-ups of the search box: a name, an action, or any of the ids that stand in an entry."""
    text = text.strip()
    if text.startswith(OF_KUBERNETES):
        return [Q(token_id=text.removeprefix(OF_KUBERNETES)[:LONGEST_ID])]
    if called := actions_called(text):
        return [Q(action=action) for action in called]
    names = ("action", "subject", "entity_name")
    ids = ("entity_id", "subject_id", "request_id", "caller_request_id", "session_id", "grant_id", "token_id")
    as_names = [Q(**{name: spelt}) for name in names for spelt in sorted({text, text.lower()})]
    as_ids = [Q(**{name: text}) for name in ids]
    # No id has a space or an @, and no name is a UUID.
    return as_ids if is_id(text) else as_names if {" ", "@"} & set(text) else [*as_names, *as_ids]
