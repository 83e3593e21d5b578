"""What a provider says of an address goes with it: one that is not verified opens nothing, and is said to be so."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from sso.models import Identity
from tests import cast
from tests.conftest import APIAs, BrowserAs
from tests.sso.directory import Directory, is_signed_in, user_of
from tests.sso.op import OP
from tests.sso.signing_in import Visitor, jane, last_attempt
from tests.tokens import asking

YES = [True, "true", "True", "1", 1]
NO: list[Any] = [[], False, "false", "FALSE", "0", 0, "no", "yes", 2, {"a": True, "b": False}, [True, False]]
UNSAID: list[Any] = [None, ""]


@pytest.fixture
def acme(tree: cast.Tree, op: OP) -> Directory:
    return Directory(op)


def claims_of(browser: Client, keys: None) -> dict[str, Any]:
    """What userinfo answers to a client that the person lets in."""
    asking.make_shop(first_party=True)
    code = asking.code_in(asking.authorize(browser, scope="openid email"))
    return dict(asking.userinfo(asking.redeem(code).json()["access_token"]).json())


def verified(acme: Directory, said: Any) -> bool:
    return said in YES or (said in UNSAID and acme.provider.trust_email)


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("said", [*YES, *NO, *UNSAID], ids=repr)
def test_only_a_verified_address_meets_rules(tree: cast.Tree, op: OP, said: Any, trusted: bool) -> None:
    acme, browser = Directory(op, trust_email=trusted), Client()
    acme.sign_in(browser, email_verified=said)
    cast.rule("user", "jane@acme.com", "Editor", tree.faces)

    assert is_signed_in(browser)
    assert user_of().has_perm("project.read") is verified(acme, said)
    assert user_of().email_verified is verified(acme, said)


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("said", [True, False, "false", None], ids=repr)
def test_a_rule_that_waits_is_met_by_a_verified_address_alone(
    tree: cast.Tree, op: OP, said: Any, trusted: bool
) -> None:
    acme, browser = Directory(op, trust_email=trusted), Client()
    cast.rule("user", "jane@acme.com", "Editor", tree.faces)

    acme.sign_in(browser, email_verified=said)

    met = verified(acme, said)
    assert is_signed_in(browser) is met
    assert last_attempt().code == ("" if met else "email_unverified")
    assert User.objects.filter(email="jane@acme.com").exists() is met


@pytest.mark.parametrize("said", [*NO, None], ids=repr)
def test_no_local_user_is_taken_over_by_an_address_that_is_not_verified(acme: Directory, said: Any) -> None:
    acme.change(link_by_email=True)
    victim = cast.person("victim")

    acme.sign_in(email=victim.email, email_verified=said)

    assert last_attempt().code == "email_unverified"
    assert not Identity.objects.exclude(user=None).exists()


def test_a_verified_one_takes_over_where_an_administrator_said_so(acme: Directory) -> None:
    acme.change(link_by_email=True)
    victim, browser = cast.person("victim"), Client()

    acme.sign_in(browser, email=victim.email)

    assert is_signed_in(browser) and Identity.objects.get().user == victim


@pytest.mark.parametrize("said", [True, False, None], ids=repr)
def test_our_tokens_say_what_is_known(acme: Directory, keys: None, said: Any) -> None:
    browser = Client()
    acme.sign_in(browser, email_verified=said)

    assert claims_of(browser, keys)["email_verified"] is (said is True)


def test_a_local_user_is_verified_by_the_administrator_who_made_them(keys: None, bob: User) -> None:
    assert claims_of(asking.signed_in(bob), keys)["email_verified"] is True


def test_what_saml_asserts_counts_as_verified(visitor: Visitor, tree: cast.Tree) -> None:
    cast.rule("user", "jane@acme.com", "Editor", tree.faces)

    visitor.sign_in()

    assert (jane().vouched_by, jane().has_perm("project.read")) == ("saml", True)


def test_an_attribute_that_says_otherwise_is_believed(visitor: Visitor) -> None:
    visitor.sign_in(attributes={"email": ["jane@acme.com"], "email_verified": ["false"]})

    assert not jane().email_verified


@pytest.mark.parametrize(
    ("claims", "known"),
    [
        ({"upn": "jane@acme.com", "email": "other@gmail.com", "email_verified": True}, False),
        ({"upn": "jane@acme.com", "email": "Jane@Acme.com", "email_verified": True}, True),
        ({"upn": "jane@acme.com", "email": None, "email_verified": True}, False),
        ({"upn": "jane@acme.com", "email": None, "email_verified": False}, False),
    ],
    ids=str,
)
def test_the_claim_is_about_the_claim_email(acme: Directory, claims: dict[str, Any], known: bool) -> None:
    acme.change(email_attribute="upn")

    acme.sign_in(**claims)

    assert user_of().email_verified is known


def test_a_provider_may_say_otherwise_later(acme: Directory, tree: cast.Tree) -> None:
    """At a sign-in of the same person: verified, not any more, and again."""
    cast.rule("user", "jane@acme.com", "Editor", tree.faces)
    said = []
    for verified_ in (True, False, True):
        acme.sign_in(email_verified=verified_)
        said.append((user_of().email_verified, user_of().has_perm("project.read")))

    assert said == [(True, True), (False, False), (True, True)]


def test_another_address_says_nothing_for_the_one_that_rules_name(
    acme: Directory, tree: cast.Tree, ada: User, browser_as: BrowserAs
) -> None:
    acme.sign_in()
    cast.rule("user", "jane@acme.com", "Editor", tree.faces)
    acme.sign_in(email="jane.doe@acme.com")
    between = user_of().has_perm("project.read")

    confirm = {"action": "confirm_address", "_selected_action": str(user_of().pk), "confirmed": "yes"}
    browser_as(ada).post("/admin/accounts/user/", confirm)
    acme.sign_in(email="jane.doe@acme.com")

    assert (between, user_of().has_perm("project.read"), user_of().vouched_by) == (False, True, "administrator")


def test_the_person_and_the_administrator_are_told(
    acme: Directory, tree: cast.Tree, ada: User, api_as: APIAs, browser_as: BrowserAs
) -> None:
    browser, admin = Client(), browser_as(ada)
    acme.sign_in(browser, email_verified=False)
    rule = cast.rule("user", "jane@acme.com", "Editor", tree.faces)

    assert "is not verified as yours" in browser.get("/").content.decode()
    assert "1 of 1 came with an address" in admin.get(page_of(acme)).content.decode()
    assert "One person gets nothing" in admin.get(f"/admin/access/accessrule/{rule.pk}/change/").content.decode()
    client: APIClient = api_as(ada)
    body = client.get(f"/api/v1/users/{user_of().pk}").json()
    assert (body["emailVerified"], body["emailVerifiedBy"], body["identityProvider"]) == (False, "", "acme")


def page_of(acme: Directory) -> str:
    return f"/admin/sso/identityprovider/{acme.provider.pk}/sign-ins/"
