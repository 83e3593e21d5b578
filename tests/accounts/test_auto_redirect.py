"""Settings | General: people are sent to one identity provider at once."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import GeneralSettings, User
from accounts.services.settings import update_general_settings
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Conflict
from sso.models import IdentityProvider
from tests.conftest import APIAs, BrowserAs

pytestmark = pytest.mark.django_db
URL = "/api/v1/security/settings/autoRedirectSSO"
UNCHANGED = {"second_factor_grace_days": "14", "step_up_minutes": "15"}
FORM = "/admin/accounts/signinsettings/1/change/"


def a_provider(alias: str, *, enabled: bool = True) -> IdentityProvider:
    return IdentityProvider.objects.create(alias=alias, type="saml", name=alias.title(), enabled=enabled)


def send_people_to(alias: str) -> None:
    update_general_settings(actor=SYSTEM, auto_redirect_alias=alias)


def put(client: APIClient, value: object) -> Any:
    return client.put(URL, value, format="json")


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


def test_it_keeps_the_provider_that_people_are_sent_to(admin: APIClient) -> None:
    a_provider("okta")
    a_provider("entra")

    assert put(admin, {"enabled": True, "idpAlias": "okta"}).status_code == 200

    assert admin.get(URL).json() == {"enabled": True, "idpAlias": "okta"}


@pytest.mark.parametrize("value", [{"enabled": True}, {"enabled": True, "idpAlias": None}])
def test_it_needs_no_alias_where_one_provider_is_in_use(value: dict[str, object], admin: APIClient) -> None:
    a_provider("okta")
    a_provider("off", enabled=False)

    assert put(admin, value).status_code == 200

    assert GeneralSettings.current().auto_redirect_alias == "okta"


@pytest.mark.parametrize("aliases", [[], ["okta", "entra"]])
def test_it_asks_for_an_alias_where_there_is_not_one_provider(aliases: list[str], admin: APIClient) -> None:
    for alias in aliases:
        a_provider(alias)

    answer = put(admin, {"enabled": True})

    assert (answer.status_code, answer.json()["details"]) == (409, "no_identity_provider")
    assert not GeneralSettings.objects.exists()


@pytest.mark.parametrize("alias", ["off", "gone"])
def test_it_refuses_a_provider_that_is_not_in_use(alias: str, admin: APIClient) -> None:
    a_provider("okta")
    a_provider("off", enabled=False)

    assert put(admin, {"enabled": True, "idpAlias": alias}).json()["details"] == "no_identity_provider"
    assert GeneralSettings.current().auto_redirect_alias == ""


@pytest.mark.parametrize("value", [{"enabled": False}, {"enabled": None}, {"enabled": False, "idpAlias": "okta"}])
def test_it_shows_the_sign_in_page_again_when_it_is_turned_off(value: dict[str, object], admin: APIClient) -> None:
    a_provider("okta")
    send_people_to("okta")

    assert put(admin, value).status_code == 200

    assert admin.get(URL).json() == {"enabled": False, "idpAlias": None}


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({}, "enabled"),
        ({"enabled": "perhaps"}, "enabled"),
        ({"enabled": True, "idpAlias": 7}, "idpAlias"),
        ({"enabled": True, "idpAlias": "a" * 61}, "idpAlias"),
    ],
)
def test_it_names_the_field_that_makes_no_sense(value: dict[str, object], field: str, admin: APIClient) -> None:
    answer = put(admin, value)

    assert answer.status_code == 400
    assert field in answer.json()["message"]


def test_it_refuses_who_may_only_read_settings(alice: User, api_as: APIAs) -> None:
    a_provider("okta")

    assert put(api_as(alice), {"enabled": True, "idpAlias": "okta"}).status_code == 403
    assert put(APIClient(), {"enabled": True, "idpAlias": "okta"}).status_code == 401
    assert not GeneralSettings.objects.exists()


def test_it_leaves_the_other_settings_alone_and_records_what_was(admin: APIClient) -> None:
    a_provider("okta")
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=5)

    put(admin, {"enabled": True, "idpAlias": "okta"})

    event = Event.objects.filter(action="settings:update").latest("at")
    assert event.metadata == {"changed": {"auto_redirect_alias": {"from": "", "to": "okta"}}}
    assert GeneralSettings.current().idle_timeout_minutes == 5


def test_other_settings_change_though_the_provider_is_not_in_use_any_more() -> None:
    provider = a_provider("okta")
    send_people_to("okta")
    provider.delete()

    update_general_settings(actor=SYSTEM, idle_timeout_minutes=5)

    with pytest.raises(Conflict):
        send_people_to("entra")
    assert GeneralSettings.current().auto_redirect_alias == "okta"


def test_it_is_chosen_on_the_settings_page(ada: User, browser_as: BrowserAs) -> None:
    a_provider("okta")
    a_provider("off", enabled=False)
    browser = browser_as(ada)

    page = browser.get(FORM).content.decode()
    browser.post(FORM, {"auto_redirect_alias": "okta", "confirmed": "yes", **UNCHANGED})

    assert "Okta (okta)" in page
    assert 'value="off"' not in page
    assert GeneralSettings.current().auto_redirect_alias == "okta"


def test_the_settings_page_refuses_a_provider_that_is_not_in_use(ada: User, browser_as: BrowserAs) -> None:
    a_provider("off", enabled=False)

    page = browser_as(ada).post(FORM, {"auto_redirect_alias": "off", "confirmed": "yes", **UNCHANGED}).content.decode()

    assert "No identity provider that is in use" in page
    assert not GeneralSettings.objects.exists()


def test_the_settings_page_keeps_one_that_is_not_in_use_any_more(ada: User, browser_as: BrowserAs) -> None:
    provider = a_provider("okta")
    send_people_to("okta")
    provider.delete()
    browser = browser_as(ada)

    page = browser.get(FORM).content.decode()
    saved = browser.post(FORM, {"auto_redirect_alias": "okta", **UNCHANGED}, follow=True).content.decode()

    assert "okta, which is not in use" in page and "okta is not in use, so nobody is sent there" in page
    assert "Settings saved." in saved and GeneralSettings.current().auto_redirect_alias == "okta"


def test_the_sign_in_page_sends_people_there(client: Client) -> None:
    a_provider("okta")
    send_people_to("okta")

    assert client.get("/login")["Location"].startswith("/auth/realms/runai/broker/okta/login")
