"""*Test this provider* says what a sign-in would do, whatever that is, and does none of it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from access.models import AccessRule
from accounts.models import Group, Membership, User
from accounts.services.users import disable_user
from common.actors import SYSTEM
from sso.models import Attempt, Identity, ProviderSession
from tests import cast
from tests.conftest import BrowserAs
from tests.sso.directory import JANE, Directory, user_of
from tests.sso.op import OP
from tests.sso.signing_in import last_attempt, path_of

ROWS = (User, Group, Membership, Identity, ProviderSession, AccessRule)
EMAIL = "jane@acme.com"


def local(acme: Directory, tree: cast.Tree) -> None:
    User.objects.create(email=EMAIL)


def reused(acme: Directory, tree: cast.Tree) -> None:
    acme.change(link_by_email=True)
    acme.sign_in(sub="another-2")


def administrator(acme: Directory, tree: cast.Tree) -> None:
    taken_over(acme, tree)
    waiting_administrator(acme, tree)


def waiting_administrator(acme: Directory, tree: cast.Tree) -> None:
    cast.rule("user", EMAIL, "System administrator", tree.tenant)


def unverified(acme: Directory, tree: cast.Tree) -> None:
    cast.rule("user", EMAIL, "Editor", tree.faces)
    acme.op.claims["email_verified"] = False


def of_another_source(acme: Directory, tree: cast.Tree) -> None:
    cast.rule("user", EMAIL, "Editor", tree.faces)
    AccessRule.objects.update(source="local")


def no_new_users(acme: Directory, tree: cast.Tree) -> None:
    acme.change(create_users=False)


def disabled(acme: Directory, tree: cast.Tree) -> None:
    acme.sign_in()
    disable_user(actor=SYSTEM, user=user_of())


def made_administrator(acme: Directory, tree: cast.Tree) -> None:
    acme.sign_in()
    waiting_administrator(acme, tree)


def taken_over(acme: Directory, tree: cast.Tree) -> None:
    acme.change(link_by_email=True)
    local(acme, tree)


# What is so before, and what the sign-in is refused for; empty for one that is not.
WORLDS: dict[Callable[[Directory, cast.Tree], object], str] = {
    local: "email_taken",
    reused: "address_reused",
    administrator: "administrator",
    waiting_administrator: "administrator",
    unverified: "email_unverified",
    of_another_source: "other_source",
    no_new_users: "no_new_users",
    disabled: "user_disabled",
    made_administrator: "administrator",
    lambda acme, tree: None: "",
    lambda acme, tree: acme.sign_in(): "",
    taken_over: "",
    lambda acme, tree: cast.make_group("DEVELOPERS"): "",
}


def sign_in(acme: Directory, browser: Client, **query: str) -> Any:
    acme.op.user, acme.op.claims["sub"] = {**JANE, **acme.op.claims, "sub": "jane-1"}, "jane-1"
    sent = browser.get(path_of(acme.provider, "login"), query)
    return browser.get(path_of(acme.provider, "endpoint"), acme.op.authorize(sent["Location"]))


def said(attempt: Attempt) -> list[tuple[str, str]]:
    """About the person and what they get, in the words of both."""
    return [(check["check"], check["detail"].removeprefix("A sign-in would be refused: ")) for check in attempt.checks]


@pytest.mark.parametrize("world", WORLDS, ids=list(WORLDS.values()))
def test_it_says_what_the_sign_in_says_that_follows(
    tree: cast.Tree, op: OP, ada: User, browser_as: BrowserAs, world: Callable[[Directory, cast.Tree], object]
) -> None:
    acme = Directory(op, groups_attribute="groups")
    world(acme, tree)
    tester = browser_as(ada)
    before = [sorted(map(str, rows.objects.values())) for rows in ROWS]

    sign_in(acme, tester, test="1")
    tested = last_attempt()
    after = [sorted(map(str, rows.objects.values())) for rows in ROWS]
    sign_in(acme, Client())
    real = last_attempt()

    assert (tested.outcome, real.code) == ("tested", WORLDS[world])
    assert after == before
    assert said(tested) == said(real)
    assert ("would be refused" in str(tested.checks)) is bool(real.code)
