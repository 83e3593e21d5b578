"""Which attributes of a provider say what of somebody, by API."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from sso.models import IdentityProvider
from tests.conftest import APIAs
from tests.sso.idp import IdP
from tests.sso.idps import IDPS
from tests.sso.signing_in import JANE, Visitor, connect, jane

MAPPERS = f"{IDPS}/saml/mappers"
AT_FIRST = {
    "email": "email",
    "firstName": "firstName",
    "lastName": "lastName",
    "groups": "GROUPS",
    "uid": "UID",
    "gid": "GID",
    "supplementaryGroups": "SUPPLEMENTARYGROUPS",
}

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


def put(client: APIClient, body: object) -> Any:
    return client.put(MAPPERS, body, format="json")


def test_it_shows_the_platforms_names_at_first(admin: APIClient) -> None:
    assert admin.get(MAPPERS).json() == AT_FIRST


def test_it_keeps_other_names(admin: APIClient) -> None:
    other = {name: f"other {name}" for name in AT_FIRST}

    answer = put(admin, other)

    assert (answer.status_code, answer.content) == (202, b"")
    assert admin.get(MAPPERS).json() == other


def test_it_keeps_the_names_that_are_left_out_or_null(admin: APIClient) -> None:
    assert put(admin, {"uid": "uidNumber", "gid": None}).status_code == 202

    assert admin.get(MAPPERS).json() == {**AT_FIRST, "uid": "uidNumber"}


def test_it_asks_for_no_attribute_where_the_name_is_blank(admin: APIClient, visitor: Visitor) -> None:
    put(admin, {"firstName": ""})

    visitor.sign_in()

    assert (jane().first_name, jane().last_name) == ("", "Smith")


def test_it_counts_from_the_next_sign_in_on(admin: APIClient, visitor: Visitor) -> None:
    put(admin, {"email": "mail", "lastName": "sn"})

    visitor.sign_in(attributes={**JANE, "email": ["j@elsewhere.com"], "mail": ["jane@acme.com"], "sn": ["Jones"]})

    assert jane().last_name == "Jones"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": ["mail"]}, "email"),
        ({"groups": 7}, "groups"),
        ({"uid": "u" * 201}, "uid"),
        ({"lastName": "s\tn"}, "lastName"),
    ],
)
def test_it_names_the_field_that_makes_no_sense(body: dict[str, object], field: str, admin: APIClient) -> None:
    answer = put(admin, body)

    assert answer.status_code == 400
    assert field in answer.json()["message"]
    assert admin.get(MAPPERS).json() == AT_FIRST


@pytest.mark.parametrize("body", [["email"], {}, {"unknown": "mail"}])
def test_it_refuses_what_names_no_attribute(body: object, admin: APIClient) -> None:
    assert put(admin, body).status_code == 400


def test_it_refuses_who_may_only_read_settings(alice: User, admin: APIClient, api_as: APIAs) -> None:
    assert api_as(alice).get(MAPPERS).status_code == 200
    assert put(api_as(alice), {"email": "mail"}).status_code == 403
    assert put(APIClient(), {"email": "mail"}).status_code == 401
    assert admin.get(MAPPERS).json() == AT_FIRST


def test_it_refuses_who_may_not_read_them(charlie: User, api_as: APIAs) -> None:
    assert api_as(charlie).get(MAPPERS).status_code == 403
    assert APIClient().get(MAPPERS).status_code == 401


def test_it_leaves_the_other_providers_and_fields_alone(admin: APIClient, provider: IdentityProvider) -> None:
    connect(IdP("https://second.example.com"), alias="second")
    provider.refresh_from_db()

    put(admin, {"email": "mail"})

    after = IdentityProvider.objects.get(pk=provider.pk)
    assert (after.peer, after.enabled, after.name) == (provider.peer, provider.enabled, provider.name)
    assert admin.get(f"{IDPS}/second/mappers").json() == AT_FIRST


def test_it_records_what_was_changed(admin: APIClient) -> None:
    put(admin, {"email": "mail", "gid": "GID"})

    event = Event.objects.get(action="identity_provider:update")
    assert (event.subject, event.metadata["changed"]) == ("ada@example.com", ["email_attribute"])


def test_it_knows_no_other_alias(admin: APIClient) -> None:
    assert admin.get(f"{IDPS}/gone/mappers").status_code == 404
    assert admin.put(f"{IDPS}/gone/mappers", {"email": "mail"}, format="json").status_code == 404
