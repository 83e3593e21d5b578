"""Access rules by hand: a person sees and does exactly what the role says."""

import pytest
from django.test import Client
from django.utils import timezone

from access.models import AccessRule
from accounts.models import User
from audit.models import Event
from tests import cast
from tests.conftest import BrowserAs

LIST = "/admin/access/accessrule/"


def given(subject_id: str, role: str, scope_id: str, subject_type: str = "user") -> dict[str, object]:
    return {"subject_type": subject_type, "subject_id": subject_id, "role_id": cast.role_id(role), "scope": scope_id}


def rule_of(email: str) -> AccessRule:
    return AccessRule.objects.get(subject_id=email)


def add(browser: Client, form: dict[str, object]) -> str:
    return browser.post(f"{LIST}add/", {**form, "confirmed": "yes"}, follow=True).content.decode()


def delete(browser: Client, rule: AccessRule) -> str:
    return browser.post(f"{LIST}{rule.pk}/delete/", {"post": "yes"}, follow=True).content.decode()


def test_it_gives_a_role_in_a_scope(vera: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    add(browser_as(vera), given(" Bob@Example.com ", "L1 researcher", tree.faces.pk))

    rule = rule_of("bob@example.com")
    assert (rule.role.name, rule.scope, rule.created_by) == ("L1 researcher", tree.faces, "vera@example.com")
    assert Event.objects.filter(action="access_rule:grant", subject="vera@example.com").exists()


def test_it_offers_no_scope_outside_the_own(vera: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    page = add(browser_as(vera), given("bob@example.com", "L1 researcher", tree.dialects.pk))

    assert "No scope goes by this name, or none in which you may give roles." in page
    assert not AccessRule.objects.filter(subject_id="bob@example.com").exists()


def test_it_refuses_a_role_that_is_more_than_the_own(vera: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    page = add(browser_as(vera), given("bob@example.com", "System administrator", tree.faces.pk))

    assert "is more than you hold yourself" in page
    assert "bob@example.com" in page
    assert not AccessRule.objects.filter(subject_id="bob@example.com").exists()


def test_it_says_what_is_wrong_with_a_subject(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    page = add(browser_as(ada), given("system:masters", "Viewer", tree.faces.pk, subject_type="group"))

    assert "does not begin with system:" in page


def test_it_takes_a_role_back(vera: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    rule = cast.rule("user", "bob@example.com", "L1 researcher", tree.faces)

    delete(browser_as(vera), rule)

    assert rule_of("bob@example.com").deleted_at is not None
    assert Event.objects.filter(action="access_rule:revoke", subject="vera@example.com").exists()


def test_it_takes_several_back_at_once(ada: User, alice: User, vera: User, browser_as: BrowserAs) -> None:
    chosen = [rule_of(alice.email).pk, rule_of(vera.email).pk]
    form = {"action": "delete_selected", "_selected_action": chosen, "confirmed": "yes"}

    browser_as(ada).post(LIST, form, follow=True)

    assert not AccessRule.objects.live().filter(pk__in=chosen).exists()


def test_it_keeps_the_last_administrator(ada: User, browser_as: BrowserAs) -> None:
    page = delete(browser_as(ada), rule_of(ada.email))

    assert "no local system administrator" in page
    assert rule_of(ada.email).deleted_at is None


def test_it_refuses_to_take_from_somebody_stronger(vera: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    stronger = cast.rule("user", "boss@example.com", "System administrator", tree.vision)

    page = delete(browser_as(vera), stronger)

    assert "is more than you hold yourself" in page
    assert AccessRule.objects.live().filter(pk=stronger.pk).exists()


def test_it_lists_the_live_rules_of_the_own_scopes(
    vera: User, alice: User, ada: User, tree: cast.Tree, browser_as: BrowserAs
) -> None:
    cast.rule("user", "dora@example.com", "Viewer", tree.dialects)
    AccessRule.objects.filter(pk=cast.rule("user", "gone@example.com", "Viewer", tree.faces).pk).update(
        deleted_at=timezone.now()
    )

    page = browser_as(vera).get(LIST).content.decode()

    assert "alice@example.com" in page
    assert "runai/prod/vision/faces" in page
    assert not [email for email in ("ada@", "dora@", "gone@") if email in page]


def test_it_lists_new_rules_first(ada: User, alice: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    cast.rule("user", "anna@example.com", "Viewer", tree.faces)
    cast.rule("user", "zoe@example.com", "Viewer", tree.faces)

    page = browser_as(ada).get(LIST).content.decode()

    assert page.index("zoe@") < page.index("anna@") < page.index("alice@")


def test_it_shows_a_rule_and_lets_nobody_edit_it(ada: User, alice: User, browser_as: BrowserAs) -> None:
    browser = browser_as(ada)
    page = f"{LIST}{rule_of(alice.email).pk}/change/"

    assert "Editor" in browser.get(page).content.decode()
    assert browser.post(page, given("mallory@example.com", "Editor", "1")).status_code == 403


def test_it_filters_by_role(ada: User, alice: User, browser_as: BrowserAs) -> None:
    browser = browser_as(ada)

    assert "alice@example.com" in browser.get(f"{LIST}?role={cast.role_id('Editor')}").content.decode()
    assert "alice@example.com" not in browser.get(f"{LIST}?role={cast.role_id('Viewer')}").content.decode()


@pytest.mark.parametrize("page", ["", "add/", "why/", "roles/"])
def test_it_is_closed_to_who_may_nothing(charlie: User, browser_as: BrowserAs, page: str) -> None:
    assert browser_as(charlie).get(f"{LIST}{page}").status_code in (302, 403)
