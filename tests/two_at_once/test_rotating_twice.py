"""Two who replace one secret at once: one of them is told, and what the other was shown is the one that counts."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from accounts.models import RecoveryCode
from accounts.services.factors import renew_recovery_codes
from accounts.services.invitations import invite_again
from accounts.services.password_links import usable_link
from accounts.services.passwords import reset_password
from clustersync.models import ClusterCredential, CredentialKind
from clustersync.services.credentials import new_credential
from common.hashes import sha256_of
from tests.two_at_once.interleaving import two_connections
from tests.two_at_once.world import World, plant
from tokens.models import Application
from tokens.services.applications import rotate_secret

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"),
]


def is_newest(world: World, secret: str) -> bool:
    credential = ClusterCredential.objects.get(secret_hash=sha256_of(secret))
    return credential.ends_at is None


def of_cluster(kind: CredentialKind) -> Callable[[World], str]:
    return lambda world: new_credential(actor=world.boss, cluster=world.edge, kind=kind)


# The verb, and whether what it answered is good, with nothing that ends it.
REPLACES: dict[str, tuple[Callable[[World], Any], Callable[[World, Any], bool]]] = {
    "an API server's token": (of_cluster(CredentialKind.WEBHOOK), is_newest),
    "an agent's token": (of_cluster(CredentialKind.AGENT), is_newest),
    "an application's secret": (
        lambda world: rotate_secret(actor=world.boss, application=world.shop),
        lambda world, secret: Application.objects.get(pk=world.shop.pk).secret_hash == sha256_of(secret),
    ),
    "a password": (
        lambda world: reset_password(actor=world.boss, user=world.alice),
        lambda world, password: type(world.alice).objects.get(pk=world.alice.pk).check_password(password),
    ),
    "an invitation": (
        lambda world: invite_again(actor=world.boss, user=world.invited, by_mail=False),
        lambda world, link: usable_link(link.address.partition("link=")[2]).user == world.invited,
    ),
    "recovery codes": (
        lambda world: renew_recovery_codes(user=world.wary),
        lambda world, codes: RecoveryCode.objects.filter(user=world.wary).count() == len(codes),
    ),
}


@pytest.mark.parametrize("what", REPLACES)
def test_one_is_told_and_what_the_other_was_shown_counts(what: str) -> None:
    replace, is_good = REPLACES[what]
    boss, told = plant(), 0
    with two_connections() as two:
        for at in range(1, 7):
            world, shown = World(boss), list[Any]()

            def show(world: World = world, shown: list[Any] = shown) -> None:
                shown.append(replace(world))

            one, other = two.run(show, show, at=at)

            ended = [str(one.ended), str(other.ended)]
            assert set(ended) <= {"done", "replaced_meanwhile"} and len(shown) == ended.count("done"), (at, ended)
            assert is_good(world, shown[-1]), at
            told += "replaced_meanwhile" in ended

    assert told >= 2  # unless one was over before the other began


@pytest.mark.parametrize("what", REPLACES)
def test_one_after_the_other_both_are_shown_one(what: str) -> None:
    replace, is_good = REPLACES[what]
    world = World(plant())

    for _ in range(2):
        shown = replace(world)

    assert is_good(world, shown)
