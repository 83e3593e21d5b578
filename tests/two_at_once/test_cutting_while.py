"""Cutting all access while something is issued: nothing that was issued lives on, and the report says what was ended.

On PostgreSQL, with either verb held still where it writes or locks. Whatever is left is then tried again.
"""

import copy
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Session, User
from accounts.services.cutting import BECAUSE, CutReport, cut_access
from common.errors import DomainError
from tests.two_at_once.interleaving import TwoAtOnce, two_connections
from tests.two_at_once.verbs import ADDS, Call
from tests.two_at_once.world import World, plant
from tokens.models import Grant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"),
]

# By what somebody has: a session, a code, a grant. A password may be used anew after a cut that does not disable.
BY_WHAT_IS_CUT = ["authenticate_again", "save_code", "redeem", "approve", "poll", "refresh", "remember", "create_token"]
BY_PASSWORD = ["issue_for_password", "start_session"]
AFTERWARDS = ["redeem", "approve", "poll", "refresh", "create_token"]


@pytest.fixture
def boss() -> User:
    return plant()


@pytest.fixture
def both(boss: User) -> Iterator[TwoAtOnce]:
    with two_connections() as pair:
        yield pair


class Cut:
    """The verb, which keeps its report."""

    def __init__(self, world: World, *, disable: bool) -> None:
        self.world, self.disable = world, disable
        self.report: CutReport | None = None

    def __call__(self) -> None:
        self.report = cut_access(actor=self.world.boss, user=self.world.alice, disable=self.disable)


def living(alice: User) -> list[object]:
    grants = Grant.objects.filter(session__user=alice, revoked_at=None)
    return [*Session.objects.live().filter(user=alice), *grants]


def misreported(alice: User, report: CutReport | None, began: object) -> list[str]:
    assert report is not None
    told = report.ended
    sessions = sum(count for kind, count in told.items() if kind.endswith(("sessions", "cluster tokens")))
    ended = Session.objects.filter(user=alice, revoked_because=BECAUSE).count()
    grants = Grant.objects.filter(session__user=alice, revoked_at__gte=began).count()
    return [
        *([f"{ended} sessions ended, {sessions} told"] if ended != sessions else []),
        *([f"{grants} grants ended, {told['grants']} told"] if grants != told["grants"] else []),
    ]


def try_again(world: World) -> None:
    for name in AFTERWARDS:
        with suppress(DomainError):
            ADDS[name](world)


def wrong_after(both: TwoAtOnce, boss: User, issue: Call, *, at: int, disable: bool, cut_first: bool) -> list[object]:
    world, began = World(boss), timezone.now()
    cut, issued = Cut(copy.deepcopy(world), disable=disable), partial(issue, world)
    ended = both.run(cut, issued, at=at) if cut_first else both.run(issued, cut, at=at)
    broken: list[object] = [run.ended for run in ended if isinstance(run.ended, BaseException)]
    found = [*broken, *misreported(world.alice, cut.report, began)]
    try_again(world)
    return [*found, *living(world.alice)]


@pytest.mark.parametrize("disable", [True, False])
@pytest.mark.parametrize("name", [*BY_WHAT_IS_CUT, *BY_PASSWORD])
def test_nothing_issued_meanwhile_lives(both: TwoAtOnce, boss: User, name: str, disable: bool) -> None:
    if not disable and name in BY_PASSWORD:
        pytest.skip("a new sign-in after the cut is meant to live")
    issue = ADDS[name]
    points = range(1, both.count(partial(issue, World(boss))) + 1)
    cut_points = sorted({1, both.count(Cut(World(boss), disable=disable))})

    wrong = {
        (at, cut_first): found
        for cut_first, ats in ((False, points), (True, cut_points))
        for at in ats
        if (found := wrong_after(both, boss, issue, at=at, disable=disable, cut_first=cut_first))
    }

    assert wrong == {}
