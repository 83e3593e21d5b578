"""A page that was open while somebody else saved: it changes what its reader changed, and undoes nothing."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import GeneralSettings, User
from clustersync.models import Cluster
from tests.admin.clicking import Clicker
from tests.conftest import BrowserAs
from tests.protocol.relying import make_client
from tests.sso.idp import IdP
from tests.sso.signing_in import connect
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


@pytest.fixture
def browser(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def rows(prod: Cluster, charlie: User) -> dict[str, Model]:
    provider = connect(IdP())
    shop: Application = make_client("shop")
    return {"cluster": prod, "user": charlie, "application": shop, "provider": provider}


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
