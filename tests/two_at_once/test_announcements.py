"""Every verb that changes what somebody may do announces it, of the right kind, in its transaction; no other does."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

import accounts.services.groups as groups
import accounts.services.posix as posix
import accounts.services.users as users
import clustersync.services.clusters as clusters
import sso.services.metadata as metadata
import sso.services.providers as providers
import tokens.services.applications as applications
import tokens.services.registration as registration
from accounts.models import User
from common.actors import SYSTEM
from common.announcements import Changed, authority_changed
from common.errors import DomainError
from sso.models import IdentityProvider
from sso.models.keys import KeyState
from tests.habits.test_verbs_are_tried_at_once import INSIDE
from tests.two_at_once.authority import authority, unsaid
from tests.two_at_once.verbs import ALL, Call, _finish
from tests.two_at_once.world import World, plant
from tokens.services import codes, consents

OPENID = {
    "issuer": "https://id.example.org",
    "authorization_endpoint": "https://id.example.org/authorize",
    "token_endpoint": "https://id.example.org/token",
    "jwks_uri": "https://id.example.org/jwks",
}
REGISTERED = {"redirect_uris": ["https://new.example.com/cb"]}


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


# What tests/two_at_once/verbs.py leaves out, because nothing can hang yet on what the verb makes.
MAKES: dict[str, Call] = {
    "create_user": lambda w: users.create_user(actor=w.boss, email=f"new-{w.n}@example.com"),
    "create_group": lambda w: groups.create_group(actor=w.boss, name=f"new-{w.n}"),
    "register_client": lambda w: applications.register_client(actor=w.boss, name=f"new-{w.n}", registration={}),
    "register_dynamically": lambda w: registration.register_dynamically(
        token=registration.create_registration_token(actor=w.boss, note="n", uses=1, lifetime=timedelta(days=1))[1],
        registration=REGISTERED,
    ),
    "register_cluster": lambda w: clusters.register_cluster(actor=w.boss, name=f"new-{w.n}"),
    "connect_provider": lambda w: providers.connect_provider(
        actor=SYSTEM, alias=f"new-{w.n}", type="oidc", client_id="x", client_secret="y", metadata=json.dumps(OPENID)
    ),
}
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
# What has to be so before, where a world as it is would be refused.
READY: dict[str, Call] = {
    "link_identity": lambda w: w.identity.delete(),
    "withdraw_posix_ids": _gave_a_posix_id,
    "update_provider, to fewer POSIX ids": _gave_a_posix_id,
    "finish, with a user's address": _takes_over,
    "publish_next_key": lambda w: w.acme.keys.filter(state=KeyState.NEXT).delete(),
    "save_code": lambda w: consents.remember(
        user=w.alice, application=w.shop, scopes=["openid", "email"], redirect_uri="https://shop.example.com"
    ),
    "enable_user": lambda w: User.objects.filter(pk=w.alice.pk).update(enabled=False),
    "enable_provider": lambda w: IdentityProvider.objects.filter(pk=w.acme.pk).update(enabled=False),
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
