"""Every kind of directory, name, rule and order of events: nobody may ever do more than was declared."""

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from clustersync.models import Cluster
from tests import cast
from tests.sso.op import OP
from tests.sso.sources_world import ADDRESS, GROUP, KINDS, Kind, World

pytestmark = pytest.mark.slow

LEADING = ("Cloud operator", "System administrator")
NAMES = {"user": ADDRESS, "group": GROUP}
ORDERS = (("rule", "sign in"), ("sign in", "rule"), ("sign in", "rule", "sign in"))
TAKEN_BACK = (
    ("rule", "sign in", "narrow"),
    ("rule", "sign in", "demote"),
    ("demote", "rule", "sign in"),
    ("rule", "sign in", "narrow", "sign in"),
)
SOURCES = ("", "local", "acme", "other")

Events = dict[str, Callable[[], object]]
Case = tuple[str, str, str, str, tuple[str, ...]]


def cases() -> Iterator[Case]:
    for kind, subject in product(KINDS, NAMES):
        for role, order in product(("Viewer", *LEADING), ORDERS + TAKEN_BACK):
            yield kind, subject, role, "", order
        for source, order in product(SOURCES[1:], ORDERS):
            yield kind, subject, "Viewer", source, order


def expected(kind: Kind, role: str, source: str, order: tuple[str, ...]) -> bool:
    """By what is declared in the end."""
    covered = kind.covers and "narrow" not in order
    privileged = kind.privileged and "demote" not in order
    return covered and source in ("", "acme") and (role not in LEADING or privileged)


@pytest.mark.parametrize(("kind", "subject", "role", "source", "order"), list(cases()), ids=str)
def test_nobody_may_do_more_than_was_declared(
    tree: cast.Tree, op: OP, keys: None, kind: str, subject: str, role: str, source: str, order: tuple[str, ...]
) -> None:
    world = World(op, KINDS[kind], tree)
    events: Events = {
        "rule": lambda: world.rule(subject, NAMES[subject], role, source),
        "sign in": world.sign_in,
        "narrow": world.narrow,
        "demote": lambda: world.change(privileged=False),
    }

    for event in order:
        events[event]()

    assert bool(world.may()) is expected(KINDS[kind], role, source, order)


@pytest.mark.parametrize("listed_first", [True, False])
@pytest.mark.parametrize("role", ["", "Viewer", *LEADING])
@pytest.mark.parametrize("kind", KINDS)
def test_a_cluster_is_told_of_no_group_that_was_not_declared(
    tree: cast.Tree, op: OP, keys: None, prod: Cluster, kind: str, role: str, listed_first: bool
) -> None:
    """The group is one that the cluster binds itself, listed before or after somebody was put into it."""
    world, declared = World(op, KINDS[kind], tree), KINDS[kind]
    world.rule("user", ADDRESS, "Viewer")
    listing: list[Callable[[], object]] = [lambda: Cluster.objects.update(extra_groups=[GROUP]), world.sign_in]
    for event in listing if listed_first else reversed(listing):
        event()
    if role:
        world.rule("group", GROUP, role)

    told = (declared.privileged or declared.names_the_group) and (role not in LEADING or declared.privileged)
    assert (world.groups_in(prod) == [f"runai:{GROUP}"]) is (told and declared.covers)


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_address_that_is_not_verified_meets_nothing_in_any_order(
    tree: cast.Tree, op: OP, keys: None, verified: bool, order: tuple[str, ...]
) -> None:
    world = World(op, KINDS["first"], tree)
    events: Events = {
        "rule": lambda: world.rule("user", ADDRESS, "Viewer"),
        "sign in": lambda: world.sign_in(email_verified=verified),
    }

    for event in order:
        events[event]()

    assert bool(world.may()) is verified
