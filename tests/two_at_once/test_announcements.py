"""Every verb that changes what somebody may do announces it, of the right kind, in its transaction; no other does."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

import accounts.services.groups as groups
import accounts.services.posix as posix
import accounts.services.users as users
import sso.services.metadata as metadata
import sso.services.providers as providers
from accounts.models import User
from common.actors import SYSTEM
from common.announcements import Changed, authority_changed
from common.errors import DomainError
from sso.models import IdentityProvider
from tests.habits.test_verbs_are_tried_at_once import INSIDE
from tests.two_at_once import making
from tests.two_at_once.authority import authority, unsaid
from tests.two_at_once.making import MAKES
from tests.two_at_once.verbs import ALL, Call, _finish
from tests.two_at_once.world import World, plant
from tokens.services import codes


def _used_twice(attempt: Callable[[], object]) -> None:
    with pytest.raises(DomainError):
        attempt()


def replace_peer(provider: IdentityProvider) -> IdentityProvider:
    """As it is when the metadata that was fetched names other keys."""
    provider.peer = {**provider.peer, "certificates": ["another"]}
    return provider


def _takes_over(world: World) -> None:
    world.identity.delete()
    world.acme.link_by_email = world.acme.trust_email = True
    world.acme.save()


def _gave_a_posix_id(world: World) -> None:
    User.objects.filter(pk=world.alice.pk).update(uid=1234, posix_sources={"uid": world.acme.alias})
    world.acme.posix_ids = True
    world.acme.save()


def _redeems_twice(world: World) -> None:
    codes.redeem(world.code)
    _used_twice(lambda: codes.redeem(world.code))


# Other cases of verbs that are there.
CASES: dict[str, Call] = {
    "update_user, a POSIX id": lambda w: users.update_user(actor=w.boss, user=w.alice, uid=1234),
    "follow_directory, out of a group": lambda w: groups.follow_directory(user=w.alice, source=w.acme.alias, names=[]),
    "follow_directory, as before": lambda w: groups.follow_directory(
        user=w.alice, source=w.acme.alias, names=[w.crew.name]
    ),
    "update_provider, its POSIX ids": lambda w: providers.update_provider(
        actor=SYSTEM, provider=w.acme, posix_ids=True
    ),
    "update_provider, to fewer POSIX ids": lambda w: providers.update_provider(
        actor=SYSTEM, provider=w.acme, posix_ids=False
    ),
    "finish, with a user's address": lambda w: _finish(w, w.handle),
    "withdraw_posix_ids": lambda w: posix.withdraw_posix_ids(
        actor=SYSTEM, source=w.acme.alias, may_set=lambda id_: False
    ),
    "refresh_metadata": lambda w: metadata._is_saved(replace_peer(w.acme), "peer"),
    "a code, used twice": _redeems_twice,
}
READY: dict[str, Call] = {
    **making.READY,
    "withdraw_posix_ids": _gave_a_posix_id,
    "update_provider, to fewer POSIX ids": _gave_a_posix_id,
    "finish, with a user's address": _takes_over,
}
VERBS = {**ALL, **MAKES, **CASES}


@pytest.mark.django_db
@pytest.mark.parametrize("name", VERBS)
def test_a_verb_announces_what_it_changes_and_nothing_else(name: str) -> None:
    world = World(plant())
    world.acme.email_domains, world.acme.group_names = ["*"], ["*"]
    world.acme.save()
    if name in READY:
        READY[name](world)
    outside, before, announced, within = len(connection.savepoint_ids), authority(), set[Changed](), []

    def hear(sender: Changed, row: Any, **more: Any) -> None:
        announced.add(sender)
        within.append(len(connection.savepoint_ids) > outside)

    authority_changed.connect(hear)
    try:
        VERBS[name](world)
    finally:
        authority_changed.disconnect(hear)

    after = authority()
    assert (unsaid(before, after, announced), bool(announced), all(within)) == (set(), before != after, True)


def test_every_verb_that_makes_something_new_is_among_them() -> None:
    makers = {name.rsplit(".", 1)[1] for name, why in INSIDE.items() if "nothing can hang on yet" in why}

    assert makers <= {*MAKES}
