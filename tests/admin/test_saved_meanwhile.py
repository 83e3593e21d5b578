"""A page that was open while somebody else saved: it changes what its reader changed, and undoes nothing unseen."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import GeneralSettings, User
from tests.admin.clicking import Clicker
from tokens.models import Application

# By page: what its reader types, and what somebody else saves meanwhile.
SETTINGS: dict[str, tuple[tuple[str, str], dict[str, Any]]] = {
    "generalsettings": (
        ("idle_timeout_minutes", "90"),
        {"session_hours": 8, "logout_redirect_uri": "https://b.example.com/"},
    ),
    "signinsettings": (
        ("step_up_minutes", "20"),
        {"second_factor_of_administrators": True, "second_factor_of_roles": ["Editor"], "second_factor_grace_days": 3},
    ),
    "mailsettings": (("mail_attention", ""), {"mail_new_places": False, "mail_port": 465, "mail_security": "tls"}),
    "brandingsettings": (("brand_name", "Acme"), {"brand_accent": "#3b5bdb"}),
}
OTHERS: dict[str, tuple[tuple[str, str], dict[str, Any]]] = {
    "user": (("first_name", "Charles"), {"last_name": "Doe", "uid": 7, "gid": 8, "supplementary_groups": [9]}),
    "application": (
        ("display_name", "Shop"),
        {"redirect_uris": "https://new.example.com/", "scopes": ["openid"], "grant_types": ["client_credentials"]},
    ),
    "cluster": (("api_url", "https://k8s.example.com:6443"), {"webhook_cache_seconds": 5, "groups_prefix": "x:"}),
    "provider": (
        ("name", "Corp"),
        {"create_users": False, "trust_email": False, "email_domains": ["a.com"], "group_names": ["one"]},
    ),
}


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def save_beside(browser: Client, page: str, row: Model, typed: tuple[str, str], saved: dict[str, Any]) -> None:
    """Open the page, let somebody else save, type into one field, and save."""
    reader = Clicker(browser, page).type(*typed)
    type(row)._default_manager.filter(pk=row.pk).update(**saved)

    reader.press("Save")

    row.refresh_from_db()
    assert {name: getattr(row, name) for name in saved} == saved
    assert str(getattr(row, typed[0])) == typed[1]


@pytest.mark.parametrize("page", SETTINGS)
def test_settings(browser: Client, page: str) -> None:
    row, _ = GeneralSettings.objects.get_or_create(pk=1)

    save_beside(browser, f"/admin/accounts/{page}/1/change/", row, *SETTINGS[page])


@pytest.mark.parametrize("kind", OTHERS)
def test_a_row(browser: Client, rows: dict[str, Model], kind: str) -> None:
    save_beside(browser, page_of(rows[kind]), rows[kind], *OTHERS[kind])


def test_a_question_in_between_forgets_nothing(browser: Client) -> None:
    """The page that says whom a change touches sends the form on."""
    row, _ = GeneralSettings.objects.get_or_create(pk=1)
    reader = Clicker(browser, "/admin/accounts/generalsettings/1/change/")
    reader.type("logout_redirect_uri", "https://a.example.com/").press("Save")
    GeneralSettings.objects.update(session_hours=8)

    reader.press("Save")

    row.refresh_from_db()
    assert (row.session_hours, row.logout_redirect_uri) == (8, "https://a.example.com/")


def test_a_refused_form_forgets_nothing(browser: Client) -> None:
    GeneralSettings.objects.get_or_create(pk=1)
    reader = Clicker(browser, "/admin/accounts/signinsettings/1/change/").type("step_up_minutes", "0").press("Save")
    GeneralSettings.objects.update(second_factor_of_administrators=True)

    reader.type("step_up_minutes", "20").press("Save")

    assert GeneralSettings.current().second_factor_of_administrators
    assert GeneralSettings.current().step_up_minutes == 20


# By kind of page and field: what somebody else saves meanwhile, how the page says it, and what its reader types.
BOTH: dict[tuple[str, str], tuple[Any, str, str]] = {
    ("generalsettings", "idle_timeout_minutes"): (45, "45", "90"),
    ("signinsettings", "step_up_minutes"): (25, "25", "20"),
    ("mailsettings", "mail_port"): (465, "465", "26"),
    ("brandingsettings", "brand_name"): ("<b>Acme</b>", "<b>Acme</b>", "Acme"),
    ("user", "first_name"): ("Chuck", "Chuck", "Charles"),
    ("user", "uid"): (7, "7", "8"),
    ("user", "supplementary_groups"): ([7, 9], "7, 9", "5"),
    ("application", "display_name"): ("Store", "Store", "Shop"),
    ("application", "redirect_uris"): ("https://b.b/1\nhttps://b.b/2", "https://b.b/2", "https://a.example.com/"),
    ("cluster", "api_url"): ("https://b.example.com:6443", "https://b.example.com:6443", "https://a.example.com:6443"),
    ("cluster", "mode"): ("oidc", "OIDC", "both"),
    ("provider", "name"): ("Corporation", "Corporation", "Corp"),
    ("group", "description"): ("Those who build", "Those who build", "Builders"),
}


@pytest.mark.parametrize(("kind", "field"), BOTH)
def test_a_field_that_both_changed_is_refused_once(
    browser: Client, rows: dict[str, Model], kind: str, field: str
) -> None:
    row = rows.get(kind) or GeneralSettings.objects.get_or_create(pk=1)[0]
    saved, said, typed = BOTH[kind, field]
    page = page_of(row) if kind in rows else f"/admin/accounts/{kind}/1/change/"
    reader = Clicker(browser, page).type(field, typed)
    type(row)._default_manager.filter(pk=row.pk).update(**{field: saved})

    reader.press("Save")

    row.refresh_from_db()
    assert getattr(row, field) == saved
    assert "Somebody else saved this meanwhile" in reader.text and said in reader.text

    reader.press("Save")

    row.refresh_from_db()
    assert str(getattr(row, field)).strip("[]") == typed


def test_what_both_typed_alike_is_no_refusal(browser: Client) -> None:
    GeneralSettings.objects.get_or_create(pk=1)
    reader = Clicker(browser, "/admin/accounts/generalsettings/1/change/").type("idle_timeout_minutes", "90")
    GeneralSettings.objects.update(idle_timeout_minutes=90)

    reader.press("Save")

    assert "Somebody else" not in reader.text


def test_a_second_change_meanwhile_is_refused_again(browser: Client, charlie: User) -> None:
    reader = Clicker(browser, page_of(charlie)).type("first_name", "Charles")
    for other in ("Chuck", "Chas"):
        User.objects.update(first_name=other)
        reader.press("Save")
        assert other in reader.text

    reader.press("Save")

    assert User.objects.get(pk=charlie.pk).first_name == "Charles"


def test_a_question_in_between_comes_after_the_refusal(browser: Client) -> None:
    GeneralSettings.objects.get_or_create(pk=1)
    reader = Clicker(browser, "/admin/accounts/generalsettings/1/change/")
    reader.type("logout_redirect_uri", "https://a.example.com/")
    GeneralSettings.objects.update(logout_redirect_uri="https://b.example.com/")

    reader.press("Save").press("Save").press("Save")

    assert GeneralSettings.current().logout_redirect_uri == "https://a.example.com/"


@pytest.mark.parametrize(("kind", "field"), BOTH)
def test_what_nobody_else_changed_is_saved_at_once(
    browser: Client, rows: dict[str, Model], kind: str, field: str
) -> None:
    row = rows.get(kind) or GeneralSettings.objects.get_or_create(pk=1)[0]
    saved, _, typed = BOTH[kind, field]
    type(row)._default_manager.filter(pk=row.pk).update(**{field: saved})
    page = page_of(row) if kind in rows else f"/admin/accounts/{kind}/1/change/"

    Clicker(browser, page).type(field, typed).press("Save")

    row.refresh_from_db()
    assert str(getattr(row, field)).strip("[]") == typed


def test_a_choice_of_several_is_saved_at_once(browser: Client, rows: dict[str, Model]) -> None:
    shop = rows["application"]
    reader = Clicker(browser, page_of(shop))
    reader._field("scopes").value = {"openid", "email"}

    reader.press("Save")

    shop.refresh_from_db()
    assert set(Application.objects.get(pk=shop.pk).scopes) == {"openid", "email"}
