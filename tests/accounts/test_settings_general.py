import pytest
from rest_framework.test import APIClient

from accounts.models import GeneralSettings, User
from accounts.services.settings import update_general_settings
from audit.models import Event
from common.errors import Invalid
from tests.conftest import APIAs

pytestmark = pytest.mark.django_db
URL = "/api/v1/security/settings"


def put(client: APIClient, key: str, value: object) -> int:
    status: int = client.put(f"{URL}/{key}", value, format="json").status_code
    return status


def test_it_shows_sixty_minutes_before_anybody_changed_them(ada: User, api_as: APIAs) -> None:
    assert api_as(ada).get(URL).json() == {
        "autoRedirectSSO": {"enabled": False, "idpAlias": None},
        "browserSessionTimeout": {"idleTimeout": 60},
        "helpContact": {"contact": None},
        "logoutRedirectUri": {"uri": None},
        "mail": {
            **{"host": "", "port": 587, "encryption": "starttls", "username": "", "hasPassword": False, "sender": ""},
            **{"recovery": True, "notices": True, "newPlaces": True, "attention": []},
        },
        "secondFactor": {"administrators": False, "graceDays": 14, "roles": [], "stepUpMinutes": 15},
    }


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("browserSessionTimeout", {"idleTimeout": 1}),
        ("browserSessionTimeout", {"idleTimeout": None}),
        ("logoutRedirectUri", {"uri": "https://example.com/bye?a=1"}),
        ("logoutRedirectUri", {"uri": "http://localhost:8000/"}),
        ("logoutRedirectUri", {"uri": "https://192.0.2.1/"}),
        ("logoutRedirectUri", {"uri": None}),
    ],
)
def test_it_keeps_what_is_put(key: str, value: dict[str, object], ada: User, api_as: APIAs) -> None:
    assert put(api_as(ada), key, value) == 200

    assert api_as(ada).get(f"{URL}/{key}").json() == value


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("browserSessionTimeout", {"idleTimeout": 0}),
        ("browserSessionTimeout", {"idleTimeout": -5}),
        ("browserSessionTimeout", {"idleTimeout": 10**9}),
        ("browserSessionTimeout", {}),
        ("browserSessionTimeout", [60]),
        ("logoutRedirectUri", {"uri": "javascript:alert(1)"}),
        ("logoutRedirectUri", {"uri": "//example.com"}),
        ("logoutRedirectUri", {"uri": "https://example.com/\nSet-Cookie: a=b"}),
    ],
)
def test_it_refuses_what_makes_no_sense(key: str, value: object, ada: User, api_as: APIAs) -> None:
    assert put(api_as(ada), key, value) == 400

    assert not GeneralSettings.objects.exists()


def test_it_knows_no_other_key(ada: User, api_as: APIAs) -> None:
    assert api_as(ada).get(f"{URL}/excludeGroupsFromToken").status_code == 404
    assert put(api_as(ada), "excludeGroupsFromToken", {}) == 404


def test_it_cannot_redirect_where_no_identity_provider_is(ada: User, api_as: APIAs) -> None:
    assert put(api_as(ada), "autoRedirectSSO", {"enabled": True, "idpAlias": "okta"}) == 409
    assert put(api_as(ada), "autoRedirectSSO", {"enabled": False}) == 200


def test_it_refuses_who_may_only_read_settings(alice: User, api_as: APIAs) -> None:
    assert api_as(alice).get(URL).status_code == 200
    assert put(api_as(alice), "browserSessionTimeout", {"idleTimeout": 5}) == 403


def test_it_refuses_who_may_not_read_them(charlie: User, api_as: APIAs) -> None:
    assert api_as(charlie).get(URL).status_code == 403


def test_it_leaves_the_other_settings_alone(ada: User, api_as: APIAs) -> None:
    put(api_as(ada), "browserSessionTimeout", {"idleTimeout": 5})

    put(api_as(ada), "logoutRedirectUri", {"uri": "https://example.com/"})

    assert GeneralSettings.current().idle_timeout_minutes == 5


def test_it_records_what_was_and_what_is(ada: User, api_as: APIAs) -> None:
    put(api_as(ada), "browserSessionTimeout", {"idleTimeout": 5})

    event = Event.objects.get(action="settings:update")
    assert (event.subject, event.metadata) == (ada.email, {"changed": {"idle_timeout_minutes": {"from": 60, "to": 5}}})


def test_the_longest_session_has_at_least_an_hour(ada: User) -> None:
    with pytest.raises(Invalid):
        update_general_settings(actor=ada, session_hours=0)
