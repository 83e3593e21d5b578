"""Every verb that removes, while any other verb is under way: on PostgreSQL, held still where it writes or locks.

Either may be refused. Neither may break, by a foreign key at the commit or by a lock that each has and the other wants;
and what was removed leaves nothing behind.
"""

import copy
from collections.abc import Callable, Iterator
from itertools import chain, product

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from access.assertions import LOCAL
from access.models import AccessRule
from accounts.models import Membership, Session, User
from sso.models import IdentityProvider
from tests.two_at_once.interleaving import Run, TwoAtOnce, two_connections
from tests.two_at_once.verbs import ADDS, ALL, REMOVES, Call
from tests.two_at_once.world import World, plant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"),
]

# By verb, how many statements of it write or lock.
COUNTED: dict[str, int] = {}


@pytest.fixture
def boss() -> User:
    return plant()


@pytest.fixture
def both(boss: User) -> Iterator[TwoAtOnce]:
    with two_connections() as pair:
        yield pair


def tried(both: TwoAtOnce, boss: User, first: str, second: str) -> Iterator[tuple[int, Run, Run]]:
    """Both verbs, with the first held before its commit, and one that adds before its first lock and half-way too."""
    if first not in COUNTED:
        COUNTED[first] = both.count(bound(ALL[first], World(boss)))
    count = COUNTED[first]
    for point in sorted({count, *((1, (count + 1) // 2) if first in ADDS else ())}):
        world = World(boss)
        one, two = both.run(bound(ALL[first], world), bound(ALL[second], copy.deepcopy(world)), at=point)
        yield point, one, two


def bound(verb: Call, world: World) -> Callable[[], object]:
    return lambda: verb(world)


def broken(*ended: Run) -> list[object]:
    """What must not be: an exception, or something that refers by a name to what is gone."""
    errors: list[object] = [run.ended for run in ended if isinstance(run.ended, BaseException)]
    providers = IdentityProvider.objects.all()
    here = Q(source__in=["", LOCAL]) | Q(source__in=providers.values("alias"))
    orphans = (Membership.objects.exclude(here), User.objects.exclude(here), AccessRule.objects.live().exclude(here))
    sessions = Session.objects.live().exclude(provider_id=None).exclude(provider_id__in=providers.values("pk"))
    return [*errors, *chain(*orphans, sessions)]


@pytest.mark.parametrize(("other", "removes"), list(product(ALL, REMOVES)))
def test_it_may_come_while_another_verb_is_under_way(both: TwoAtOnce, boss: User, other: str, removes: str) -> None:
    assert {point: found for point, one, two in tried(both, boss, other, removes) if (found := broken(one, two))} == {}


@pytest.mark.parametrize(("removes", "other"), list(product(REMOVES, [name for name in ALL if name not in REMOVES])))
def test_any_other_verb_may_come_while_it_is_under_way(both: TwoAtOnce, boss: User, removes: str, other: str) -> None:
    assert {point: found for point, one, two in tried(both, boss, removes, other) if (found := broken(one, two))} == {}


def test_it_notices_a_verb_that_takes_no_lock(both: TwoAtOnce, boss: User) -> None:
    """As each was before: the deletion sees no session, and at the commit of one of them there is no user to it."""

    @transaction.atomic
    def begin_a_session() -> None:
        Session.objects.create(user=world.alice, expires_at=world.web.expires_at)

    world = World(boss)
    one, two = both.run(begin_a_session, bound(ALL["delete_user"], copy.deepcopy(world)), at=2)

    assert [type(error) for error in broken(one, two)] == [IntegrityError]
