"""Group names as directories write them, in any script, and those that differ from a group here in case only."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.services.groups import follow_directory
from audit.models import Event
from tests import cast
from tests.conftest import BrowserAs
from tests.sso.directory import Directory, user_of
from tests.sso.op import OP
from tests.sso.signing_in import last_attempt

# In capitals, in letters with several small forms or none, and each as a directory may compose it.
ANY_SCRIPT = [
    "Ärzte",
    "ÄRZTE",
    "ärzte",
    "A\u0308rzte",
    "ŒUVRE",
    "Straße",
    "STRASSE",
    "\u1e9e",
    "ΣΊΣΥΦΟΣ",
    "Σίσυφος",
    "İstanbul",
    "ISTANBUL",
    "\u0131l\u0131k",
    "Kelvin\u212a",
    "ǅ",
    "ŉ",
    "Ժամ",
    "ԵՒ",
    "ᲐᲑ",
    "研究",
    "ÅNGSTRÖM\u212b",
    "ﬁ",
    "Ⅷ",
    "Ⓐ",
]
# Of these two the database holds one at a time, by whatever rule it has for letters.
IN_OTHER_CASE = [("eng", "ENG"), ("Cloud-Operators", "cloud-operators"), ("a b", "A b")]


@pytest.fixture
def acme(tree: cast.Tree, op: OP) -> Directory:
    return Directory(op)


@pytest.mark.parametrize("name", ANY_SCRIPT, ids=ascii)
def test_somebody_is_in_the_group_that_the_directory_says(acme: Directory, name: str) -> None:
    for _ in range(2):
        acme.sign_in(groups=[name, "developers"])

        assert set(user_of().group_names()) == {name, "developers"}
    assert Event.objects.filter(action="group:create").count() == 1
    assert not any(check["code"] for check in last_attempt().checks)


@pytest.mark.parametrize(("here", "there"), IN_OTHER_CASE)
def test_a_group_in_other_capitals_is_said_to_the_person_and_counted(
    acme: Directory, ada: User, browser_as: BrowserAs, here: str, there: str
) -> None:
    cast.make_group(here)
    browser = Client()

    acme.sign_in(browser, groups=[there, "developers"])

    assert user_of().group_names() == ["developers"]
    assert (
        f"Your directory puts you into {there}. A group here has that name in other"
        in browser.get("/").content.decode()
    )
    assert [check["code"] for check in last_attempt().checks if check["code"]] == ["groups_in_other_case"]
    page = browser_as(ada).get(f"/admin/sso/identityprovider/{acme.provider.pk}/sign-ins/").content.decode()
    assert "1 of 1 came with groups that differ from a group here in capitals only" in page


def test_of_two_that_come_together_one_is_said(acme: Directory) -> None:
    browser = Client()

    acme.sign_in(browser, groups=["ops", "OPS"])

    (kept,) = user_of().group_names()
    (other,) = {"ops", "OPS"} - {kept}
    assert f"Your directory puts you into {other}." in browser.get("/").content.decode()


def test_who_is_in_all_their_groups_is_told_nothing(acme: Directory) -> None:
    browser = Client()
    cast.make_group("developers")

    acme.sign_in(browser, groups=["developers", "new"])

    assert "puts you into" not in browser.get("/").content.decode()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_some_make_the_same_groups_at_once_and_do_not_wait_for_each_other() -> None:
    """On PostgreSQL who inserts what another one has just inserted waits until that one is done."""
    cast.plant_tree()
    users = [cast.person(f"user{number}") for number in range(4)]
    for turn in range(15):
        names, connected = [f"g{turn}-{number}" for number in range(800)], Barrier(len(users))

        def follow(user: User) -> Any:
            in_this_order = names if users.index(user) % 2 else names[::-1]  # noqa: B023  as each turn has them
            connection.ensure_connection()
            connected.wait()  # noqa: B023
            try:
                return follow_directory(user=user, source="acme", names=in_this_order)
            finally:
                connection.close()

        with ThreadPoolExecutor(len(users)) as at_once:
            assert all(len(one.added) == len(names) for one in at_once.map(follow, users))
