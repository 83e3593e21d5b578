"""The page on which a researcher asks about themselves, and learns nothing of anybody else."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from access.models import ScopeType
from accounts.models import Group, User
from clustersync.models import Cluster
from tests import cast
from tests.conftest import BrowserAs
from tests.tokens.asking import by_password

pytestmark = pytest.mark.usefixtures("keys")
PAGE = "/account/access"


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(unescape(re.sub("<[^>]+>", " ", answer.content.decode())).split())


@pytest.fixture
def researcher(bob: User, researchers: Group, prod: Cluster) -> User:
    return bob


@pytest.fixture
def browser(researcher: User, browser_as: BrowserAs) -> Client:
    return browser_as(researcher)


def may(scope: object, action: str = "create", resource_type: str = "jobs") -> dict[str, str]:
    asked = {"action": action, "resource_type": resource_type, "scope": str(scope)}
    return {"ask": "may", **{f"may-{name}": value for name, value in asked.items()}}


def test_the_account_page_leads_there(browser: Client) -> None:
    assert f'href="{PAGE}"' in browser.get("/account").content.decode()


def test_it_says_why_one_may(browser: Client, tree: cast.Tree) -> None:
    page = words(browser.post(PAGE, may(tree.faces.pk)))

    assert "Yes, they may create jobs in faces." in page
    assert "the group researchers is L1 researcher in faces." in page


def test_it_says_why_one_may_not(browser: Client, tree: cast.Tree) -> None:
    page = words(browser.post(PAGE, may(tree.faces.pk, resource_type="users")))

    assert "No, they may not create users in faces." in page
    assert "the role does not include it" in page


@pytest.mark.parametrize("scope", ["dialects", "tenant", "nothing", ""])
def test_it_knows_no_scope_that_one_does_not_reach(browser: Client, tree: cast.Tree, scope: str) -> None:
    page = words(browser.post(PAGE, may(getattr(getattr(tree, scope, None), "pk", scope))))

    assert "they may" not in page
    assert "dialects" not in page and "speech" not in page


def test_it_verifies_ones_own_token_and_shows_it_nowhere(browser: Client, researcher: User, prod: Cluster) -> None:
    token = str(by_password(researcher, audience=prod.audience)["accessToken"])

    page = words(browser.post(PAGE, {"ask": "token", "token-cluster": prod.pk, "token-token": token}))

    assert "It is accepted as runai:bob@example.com . Groups there: runai:researchers ." in page
    assert token not in page


@pytest.mark.parametrize("whose", ["ada", "nobody", "empty"])
def test_it_refuses_others_tokens(browser: Client, ada: User, prod: Cluster, whose: str) -> None:
    tokens = {"ada": str(by_password(ada, audience=prod.audience)["accessToken"]), "nobody": "a.b.c", "empty": ""}

    page = words(browser.post(PAGE, {"ask": "token", "token-cluster": prod.pk, "token-token": tokens[whose]}))

    assert ("This field is required." if whose == "empty" else "This is no token of yours.") in page
    assert "ada@" not in page


def test_the_doctor_reads_what_is_pasted(browser: Client, prod: Cluster) -> None:
    flags = "--oidc-issuer-url=https://elsewhere.example.com"

    page = words(browser.post(PAGE, {"ask": "doctor", "doctor-cluster": prod.pk, "doctor-pasted": flags}))

    assert "It is broken." in page
    assert flags in page


@pytest.mark.parametrize(
    "body",
    [
        {"ask": "doctor", "doctor-pasted": "x"},
        {"ask": "token", "token-cluster": "not-a-uuid", "token-token": "x"},
        {"ask": "doctor", "doctor-cluster": "c0000000-0000-4000-8000-000000000002", "doctor-pasted": "\x00{"},
        {"ask": "nothing"},
        {"ask": "may", "may-action": "sync", "may-scope": "\x00"},
        {},
    ],
)
def test_bad_input_is_answered_with_the_page(browser: Client, body: dict[str, str]) -> None:
    page = words(browser.post(PAGE, body))

    assert "Ask about your access" in page
    assert "Nothing is wrong with it." not in page


@pytest.mark.parametrize("ask", ["token", "doctor"])
def test_no_cluster_is_asked_about_that_one_does_not_reach(
    browser: Client, tree: cast.Tree, ask: str, prod: Cluster
) -> None:
    other = cast.cluster(
        cast.node(ScopeType.CLUSTER, "c0000000-0000-4000-8000-000000000002", "lab", tree.tenant), "lab-token"
    )
    body = {"ask": ask, f"{ask}-cluster": str(other.pk), "token-token": "x", "doctor-pasted": "--oidc-client-id=a"}

    page = words(browser.post(PAGE, body))

    assert "Select a valid choice." in page
    assert "zeta" not in page


def test_who_has_no_role_is_told_what_to_do(charlie: User, prod: Cluster, browser_as: BrowserAs) -> None:
    page = words(browser_as(charlie).get(PAGE))

    assert "No access rule gives you anything yet" in page
    assert "Ask an administrator" in page
    assert "prod" not in page


def test_it_is_for_who_is_signed_in(prod: Cluster) -> None:
    assert Client().get(PAGE).status_code == 302
    assert Client().post(PAGE, {"ask": "may"}).status_code == 302
