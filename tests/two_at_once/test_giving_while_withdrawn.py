"""Somebody gives access while their own is withdrawn: what they give is there before the withdrawal, or not at all."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from access.models import AccessRule, Scope
from access.services import grant_access, revoke_access
from accounts.models import User
from accounts.services.cutting import cut_access
from accounts.services.groups import add_member, remove_member
from accounts.services.users import delete_user, disable_user
from clustersync.models import CredentialKind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests import cast
from tests.two_at_once.interleaving import two_connections
from tests.two_at_once.verbs import VIEWER
from tests.two_at_once.world import World, plant
from tokens.services.applications import register_client, rotate_secret, update_registration

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"),
]

ADMINISTRATOR = "System administrator"


class Withdrawn:
    """A world, and an administrator of it whose rights come by a rule, or by a group."""

    def __init__(self, boss: User, *, by_group: bool) -> None:
        self.world = World(boss)
        self.chief = cast.person(f"chief-{self.world.n}")
        self.chiefs = cast.make_group(f"chiefs-{self.world.n}", self.chief)
        tenant = Scope.objects.get(pk="1")
        named = ("group", self.chiefs.name) if by_group else ("user", self.chief.email)
        self.rule = cast.rule(*named, ADMINISTRATOR, tenant)


GIVES: dict[str, Callable[[Withdrawn], Any]] = {
    "a rule in a project": lambda w: grant_access(
        actor=w.chief, subject_type="user", subject_id="mole@example.com", role=VIEWER, scope=w.world.project
    ),
    "a rule in the account": lambda w: grant_access(
        actor=w.chief,
        subject_type="user",
        subject_id=f"mole-{w.world.n}@example.com",
        role=VIEWER,
        scope=Scope.objects.get(pk="1"),
    ),
    "a client": lambda w: register_client(actor=w.chief, name=f"mole-{w.world.n}", registration={}),
    "a registration": lambda w: update_registration(
        actor=w.chief, application=w.world.shop, changes={"redirect_uris": ["https://mole.example.com/"]}
    ),
    "a client's secret": lambda w: rotate_secret(actor=w.chief, application=w.world.shop),
    "a cluster's token": lambda w: new_credential(actor=w.chief, cluster=w.world.edge, kind=CredentialKind.AGENT),
    "a membership": lambda w: add_member(actor=w.chief, group=w.world.crew, user=w.world.wary),
}
WITHDRAWS: dict[str, Callable[[Withdrawn], Any]] = {
    "the rule": lambda w: revoke_access(actor=SYSTEM, rule=AccessRule.objects.get(pk=w.rule.pk)),
    "the membership": lambda w: remove_member(actor=SYSTEM, group=w.chiefs, user=w.chief),
    "disabled": lambda w: disable_user(actor=SYSTEM, user=User.objects.get(pk=w.chief.pk)),
    "deleted": lambda w: delete_user(actor=SYSTEM, user=User.objects.get(pk=w.chief.pk)),
    "cut": lambda w: cut_access(actor=SYSTEM, user=User.objects.get(pk=w.chief.pk), disable=True),
}


@pytest.mark.parametrize("gives", GIVES)
@pytest.mark.parametrize("withdraws", WITHDRAWS)
def test_nothing_is_given_after_the_right_to_it_was_withdrawn(gives: str, withdraws: str) -> None:
    boss = plant()
    with two_connections() as both:
        for at in range(1, 5):
            made = Withdrawn(boss, by_group=withdraws == "the membership")
            order: list[str] = []

            def giving(made: Withdrawn = made, order: list[str] = order) -> None:
                with transaction.atomic():
                    GIVES[gives](made)
                    order.append("given")  # before its COMMIT, which lets the other go on

            def withdrawing(made: Withdrawn = made, order: list[str] = order) -> None:
                WITHDRAWS[withdraws](made)
                order.append("withdrawn")

            one, two = both.run(giving, withdrawing, at=at)

            assert (str(one.ended) in ("done", "forbidden"), two.ended) == (True, "done"), (at, one.ended, two.ended)
            assert order in (["given", "withdrawn"], ["withdrawn"]), at
