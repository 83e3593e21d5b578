"""Before a sensitive act in the admin, who signed in too long ago shows again that it is they, and loses nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from access.models import AccessRule
from accounts.models import GeneralSettings, Group, Session, User
from common.encryption import decrypt
from runai_identity.step_up import GRANTS, SENSITIVE
from tests import cast
from tests.accounts.factors import code, enrol, second_step, show_password
from tests.conftest import BrowserAs

# What is sent without being asked: nothing of it makes a secret, an administrator, or a way to sign in.
ORDINARY = {
    "accounts_user_changelist": {
        "disable",
        "sign_out_everywhere",
        "unlock",  # the password stays
        "delete_selected",
        "cut_access",
        "rename",  # these two lead to a page whose form is sensitive
    },
    "clustersync_cluster_changelist": {"end_replaced_tokens", "delete_selected"},
    "sso_identityprovider_changelist": {"fetch_metadata"},
    "sso_identity_changelist": {"unlink", "delete_selected"},
    "tokens_application_changelist": {"end_the_old_secret", "disable", "enable", "delete_selected"},
    "tokens_consent_changelist": {"withdraw", "delete_selected"},
    "accounts_session_changelist": {"end"},
}
ORDINARY_FORMS = {
    *("accounts_user_add", "accounts_user_change", "accounts_user_delete", "accounts_generalsettings_change"),
    "accounts_brandingsettings_change",
    *("accounts_group_add", "accounts_group_change", "accounts_group_delete"),
    *("accounts_membership_add", "accounts_membership_change", "accounts_membership_delete", "accounts_session_change"),
    *("access_accessrule_delete", "access_scope_add", "access_scope_change", "access_scope_delete"),
    *("access_department_add", "access_department_change", "access_department_delete"),
    *("access_project_add", "access_project_change", "access_project_delete"),
    *("tokens_application_delete", "tokens_registrationtoken_delete", "tokens_registrationtoken_change"),
    *("tokens_consent_change", "tokens_consent_delete", "tokens_signingkey_change"),
    *("clustersync_cluster_delete", "sso_identity_change", "sso_identity_delete", "sso_attempt_change"),
}
ADD = "/admin/tokens/registrationtoken/add/"
GIVE = "/admin/access/accessrule/add/"


def actions(page: ModelAdmin[Any]) -> Iterator[tuple[str, str]]:
    name = f"{page.opts.app_label}_{page.opts.model_name}_changelist"
    for action in page.actions or ():
        found = page.get_action(action)
        assert found
        yield name, found[1]


def test_every_action_is_sensitive_or_said_to_be_ordinary() -> None:
    offered = {one for page in admin.site._registry.values() for one in actions(page)}
    known = {(name, action) for table in (SENSITIVE, ORDINARY) for name, acts in table.items() for action in acts}

    assert offered - known == set()


def test_so_is_every_form(ada: User, rf: RequestFactory) -> None:
    request, forms = rf.get("/"), set()
    request.user = ada
    for page in admin.site._registry.values():
        name = f"{page.opts.app_label}_{page.opts.model_name}"
        may = (("add", page.has_add_permission), ("delete", page.has_delete_permission))
        forms |= {f"{name}_{verb}" for verb, allowed in may if allowed(request)}
        forms |= {f"{name}_change"} if page.has_change_permission(request) else set()

    assert forms - {*SENSITIVE, *GRANTS} - ORDINARY_FORMS == set()


@pytest.fixture
def old(ada: User, browser_as: BrowserAs) -> Client:
    """Ada's browser, an hour after she signed in; she was active all the time."""
    browser = browser_as(ada)
    Session.objects.update(authenticated_at=timezone.now() - AN_HOUR)
    return browser


def next_of(answer: Any) -> str:
    assert answer["Location"].startswith("/login?again=1"), answer["Location"]
    return str(parse_qs(urlsplit(answer["Location"]).query)["next"][0])


def go_on(browser: Client, then: str) -> Any:
    form = browser.get(then)
    assert form.status_code == 200, form
    return browser.post(form.context["to"], {form.context["field"]: form.context["key"]})


AN_HOUR = timedelta(hours=1)
TYPED = {"note": "for Carla", "uses": "3", "days": "7"}


def test_it_asks_and_goes_on_with_what_was_sent(old: Client, ada: User, charlie: User) -> None:
    then = next_of(old.post(f"/admin/accounts/user/{charlie.pk}/cut-access/", {"disable": "on", "confirmed": "1"}))
    charlie.refresh_from_db()
    assert charlie.enabled

    old.post("/login", {"email": ada.email, "password": cast.PASSWORD, "again": "1", "next": then})
    go_on(old, then)

    charlie.refresh_from_db()
    assert not charlie.enabled


@pytest.mark.parametrize("name", sorted([*SENSITIVE, *GRANTS]))
def test_each_is_asked_before(old: Client, name: str) -> None:
    args = ["00000000-0000-4000-8000-000000000000"] if not name.endswith(("_add", "_changelist", "_give_role")) else []
    args = ["1"] if "settings" in name else args
    for action in sorted(SENSITIVE.get(name, {"*"})):
        answer = old.post(reverse(f"admin:{name}", args=args), {"action": action})

        assert next_of(answer).startswith("/step-up/")


def test_who_signed_in_a_moment_ago_is_not_asked(ada: User, charlie: User, browser_as: BrowserAs) -> None:
    chosen = {"action": "reset_the_password", "_selected_action": str(charlie.pk), "confirmed": "1"}

    assert "Temporary password" in browser_as(ada).post("/admin/accounts/user/", chosen).content.decode()


def test_the_setting_says_how_long_ago(ada: User, charlie: User, browser_as: BrowserAs) -> None:
    GeneralSettings.objects.create(pk=1, step_up_minutes=120)
    browser = browser_as(ada)
    Session.objects.update(authenticated_at=timezone.now() - AN_HOUR)
    chosen = {"action": "reset_the_password", "_selected_action": str(charlie.pk), "confirmed": "1"}

    assert browser.post("/admin/accounts/user/", chosen).status_code == 200


def test_the_second_factor_is_asked_too(ada: User, charlie: User) -> None:
    secret, codes = enrol(ada)
    browser = show_password(ada)
    second_step(browser, code(secret))
    Session.objects.update(authenticated_at=timezone.now() - AN_HOUR)
    chosen = {"action": "reset_the_password", "_selected_action": str(charlie.pk), "confirmed": "1"}
    then = next_of(browser.post("/admin/accounts/user/", chosen))
    shown = {"email": ada.email, "password": cast.PASSWORD, "again": "1", "next": then}
    assert browser.post("/login", shown)["Location"].startswith("/login/second")
    assert next_of(browser.post("/admin/accounts/user/", chosen)) != then  # the password alone changed nothing

    second_step(browser, codes[0], again="1", next=then)

    assert "Temporary password" in go_on(browser, then).content.decode()


WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "one place": (GIVE, {"scope": "1"}),
    "one that was ticked": (GIVE, {"where": ["1"], "scope": ""}),
    "several": (GIVE, {"who": ["user:b@example.com"], "where": ["{faces}", "1"]}),
    "in place": ("/admin/access/accessrule/give/", {"scope": "1"}),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("role", "asked"), [("System administrator", True), ("L1 researcher", False)])
def test_it_is_asked_before_somebody_becomes_an_administrator(
    old: Client, charlie: User, tree: cast.Tree, way: str, role: str, asked: bool
) -> None:
    address, places = WAYS[way]
    places = {name: [one.format(faces=tree.faces.pk) for one in place] for name, place in places.items()}
    sent = {"subject_type": "user", "subject_id": charlie.email, "role_id": cast.role_id(role), **places}

    answer = old.post(address, {**sent, "role": cast.role_id(role), "source": "", "confirmed": "yes"})

    assert AccessRule.objects.filter(subject_id=charlie.email).exists() != asked
    assert answer["Location"].startswith("/login?again") == asked


@pytest.mark.parametrize(("role", "asked"), [("System administrator", True), ("L1 researcher", False)])
def test_so_it_is_before_somebody_joins_a_group_or_has_what_waits_for_them(
    old: Client, charlie: User, researchers: Group, tree: cast.Tree, role: str, asked: bool
) -> None:
    cast.rule("group", researchers.name, role, tree.tenant)
    cast.rule("user", "dora@example.com", role, tree.tenant)
    new = {"email": " Dora@Example.com ", "entry": "link", "supplementary_groups": ""}

    joined = old.post("/admin/accounts/membership/add/", {"group": str(researchers.pk), "user": str(charlie.pk)})
    made = old.post("/admin/accounts/user/add/", new)

    assert [answer.headers.get("Location", "").startswith("/login?again") for answer in (joined, made)] == [asked] * 2
    assert charlie.group_set.exists() == User.objects.filter(email="dora@example.com").exists() == (not asked)


@pytest.mark.parametrize("place", ["0", "system", "/system/", " system "])
@pytest.mark.parametrize("field", ["scope", "where"])
def test_it_is_asked_before_anything_is_given_above_the_tenant(
    old: Client, charlie: User, tree: cast.Tree, place: str, field: str
) -> None:
    sent = {"subject_type": "user", "subject_id": charlie.email, "role_id": cast.role_id("Viewer"), field: place}

    assert old.post(GIVE, {**sent, "confirmed": "yes"})["Location"].startswith("/login?again")


def test_what_is_kept_is_encrypted_and_good_once(old: Client, ada: User) -> None:
    then = next_of(old.post(ADD, TYPED))
    kept = old.session["kept_forms"][then.rpartition("/")[2]]
    assert "Carla" not in kept and "Carla" in decrypt(kept.encode()).decode()
    old.post("/login", {"email": ada.email, "password": cast.PASSWORD, "again": "1", "next": then})
    first = go_on(old, then)

    again = old.post(ADD, {"kept_form": then.rpartition("/")[2]})

    assert first.status_code == 200 and again["Location"] == ADD
    assert old.get(then)["Location"] == "/"


def test_it_is_not_for_another_address(old: Client, ada: User, alice: User, charlie: User) -> None:
    """So that what somebody confirmed of one person is not done to another one."""
    sent = {"disable": "on", "confirmed": "1"}
    then = next_of(old.post(f"/admin/accounts/user/{charlie.pk}/cut-access/", sent))
    old.post("/login", {"email": ada.email, "password": cast.PASSWORD, "again": "1", "next": then})

    old.post(f"/admin/accounts/user/{alice.pk}/cut-access/", {"kept_form": then.rpartition("/")[2]})

    assert User.objects.filter(pk__in=[alice.pk, charlie.pk], enabled=True).count() == 2


def test_nor_does_it_go_on_without_signing_in_again(old: Client, charlie: User) -> None:
    place = f"/admin/accounts/user/{charlie.pk}/cut-access/"
    then = next_of(old.post(place, {"disable": "on", "confirmed": "1"}))

    assert next_of(go_on(old, then)).startswith("/step-up/")
    charlie.refresh_from_db()
    assert charlie.enabled


def test_no_more_than_three_wait(old: Client) -> None:
    for _ in range(9):
        old.post(ADD, TYPED)

    assert len(old.session["kept_forms"]) == 3
