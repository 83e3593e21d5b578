"""Somebody acts by rights that are withdrawn at that moment: it is done before the withdrawal, or not at all."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from django.db import connection, transaction

from access.models import AccessRule, Scope
from access.services import grant_access, revoke_access
from accounts.models import User
from accounts.services.cutting import cut_access
from accounts.services.groups import remove_member
from accounts.services.users import delete_user, disable_user
from common.actors import SYSTEM
from common.errors import Forbidden
from sso.services.providers import update_provider
from tests import cast
from tests.two_at_once.interleaving import two_connections
from tests.two_at_once.making import BY_RIGHTS, READY
from tests.two_at_once.verbs import VIEWER, Call
from tests.two_at_once.world import World, plant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"),
]

ADMINISTRATOR = "System administrator"
_numbers = count(1)


class Withdrawn:
    """A world whose administrator is somebody whose rights come by a rule, or by a group."""

    def __init__(self, *, by_group: bool) -> None:
        self.chief = cast.person(f"chief-{next(_numbers)}")
        self.world = World(self.chief)
        self.chiefs = cast.make_group(f"chiefs-{self.world.n}", self.chief)
        tenant = Scope.objects.get(pk="1")
        named = ("group", self.chiefs.name) if by_group else ("user", self.chief.email)
        self.rule = cast.rule(*named, ADMINISTRATOR, tenant)


# Further cases of verbs that are there, or of those that do the same to what others have.
CASES: dict[str, Call] = {
    "a rule in the account": lambda w: grant_access(
        actor=w.boss,
        subject_type="user",
        subject_id=f"mole-{w.n}@example.com",
        role=VIEWER,
        scope=Scope.objects.get(pk="1"),
    ),
    "the domains of a provider": lambda w: update_provider(
        actor=w.boss, provider=w.acme, email_domains=["mole.example.com"], privileged=True
    ),
}
GIVES = {**BY_RIGHTS, **CASES}
WITHDRAWS: dict[str, Callable[[Withdrawn], Any]] = {
    "the rule": lambda w: revoke_access(actor=SYSTEM, rule=AccessRule.objects.get(pk=w.rule.pk)),
    "the membership": lambda w: remove_member(actor=SYSTEM, group=w.chiefs, user=w.chief),
    "disabled": lambda w: disable_user(actor=SYSTEM, user=User.objects.get(pk=w.chief.pk)),
    "deleted": lambda w: delete_user(actor=SYSTEM, user=User.objects.get(pk=w.chief.pk)),
    "cut": lambda w: cut_access(actor=SYSTEM, user=User.objects.get(pk=w.chief.pk), disable=True),
}


def made_ready(name: str, world: World) -> None:
    if name in READY:
        READY[name](world)


def refuses_nobody(withdrawn: Withdrawn, name: str) -> bool:
    made_ready(name, withdrawn.world)
    try:
        GIVES[name](withdrawn.world)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize("name", GIVES)
def test_nothing_is_done_after_the_right_to_it_was_withdrawn(name: str) -> None:
    plant()
    gone = Withdrawn(by_group=False)
    WITHDRAWS["the rule"](gone)
    assert not refuses_nobody(gone, name)

    assert wrong(name, "the rule") == {}


@pytest.mark.parametrize("withdraws", WITHDRAWS)
@pytest.mark.parametrize("name", ["grant_access", "create_user", "reset_password", "register_client"])
def test_in_whichever_way_it_was_withdrawn(name: str, withdraws: str) -> None:
    plant()

    assert wrong(name, withdraws) == {}


def wrong(name: str, withdraws: str) -> dict[int, object]:
    """Return by statement at which the verb was held what came of it, where it did what nobody may any more."""
    found: dict[int, object] = {}
    with two_connections() as both:
        for at in range(1, 5):
            made = Withdrawn(by_group=withdraws == "the membership")
            made_ready(name, made.world)
            order: list[str] = []

            def giving(made: Withdrawn = made, order: list[str] = order) -> None:
                with transaction.atomic():
                    GIVES[name](made.world)
                    order.append("given")  # before its COMMIT, which lets the other go on

            def withdrawing(made: Withdrawn = made, order: list[str] = order) -> None:
                WITHDRAWS[withdraws](made)
                order.append("withdrawn")

            one, two = both.run(giving, withdrawing, at=at)
            ended = (str(one.ended), two.ended, order)
            if ended not in (("done", "done", ["given", "withdrawn"]), ("forbidden", "done", ["withdrawn"])):
                found[at] = ended
    return found
