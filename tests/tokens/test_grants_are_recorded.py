"""Whatever begins a grant, the audit log says so once: for which client, of what session, and to what they agreed."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Group, User
from audit.models import Event
from clustersync.models import Cluster
from tests import cast
from tests.gate.paths import by_the_device_code
from tests.gate.world import MADE, World
from tests.keys import plant_keys
from tests.tokens.asking import ask
from tokens.models import Application, Grant


def by_a_device(world: World) -> object:
    world.hold("approved devices")
    return by_the_device_code(world)


BEGUN: dict[str, Callable[[World], object]] = {
    **{made: MADE[made] for made in ("person", "person in cluster", "cluster token", "shop", "shop in cluster")},
    "device": by_a_device,
}


@pytest.fixture
def world(bob: User, robo: Application, prod: Cluster, researchers: Group) -> World:
    plant_keys()
    return World(bob, robo, prod)


@pytest.mark.parametrize("how", BEGUN)
def test_each_grant_has_its_entry(world: World, how: str) -> None:
    BEGUN[how](world)

    grants = {(str(one.session_id), one.audience) for one in Grant.objects.all()}
    said = Event.objects.filter(action="grant:begin", subject_id=str(world.user.pk))
    assert grants
    assert sorted(grants) == sorted((one.entity_id, one.metadata["audience"]) for one in said)


def test_it_stands_after_the_sign_in_that_began_it_and_has_the_id_of_the_grant(world: World) -> None:
    MADE["person"](world)

    grant = Grant.objects.get()
    signed_in, begun = Event.objects.filter(entity_id=str(grant.session_id)).order_by("pk")
    assert (signed_in.action, signed_in.grant_id) == ("session:sign-in", "")
    assert (begun.action, begun.grant_id, begun.client_id) == ("grant:begin", str(grant.pk), "cli")


def test_no_entry_stands_for_a_grant_that_was_refused(world: World) -> None:
    User.objects.filter(pk=world.user.pk).update(must_change_password=True)

    ask(grantType="password", username=world.user.email, password=cast.PASSWORD)

    actions = set(Event.objects.filter(subject_id=str(world.user.pk)).values_list("action", flat=True))
    assert "token:refuse" in actions and "grant:begin" not in actions


def test_a_password_writes_its_entries_by_one_statement(world: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        MADE["person"](world)

    written = [query["sql"] for query in asked if query["sql"].startswith('INSERT INTO "audit_event"')]
    assert len(written) == 1
