"""Identity providers by API: changed and taken away."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from common.encryption import decrypt
from sso.models import IdentityProvider
from tests.conftest import APIAs
from tests.sso import idps
from tests.sso.idp import IdP
from tests.sso.idps import IDPS, SECRET, Web


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


@pytest.fixture
def saml(admin: APIClient) -> IdentityProvider:
    return idps.made(admin, idps.saml())


@pytest.fixture
def oidc(admin: APIClient, web: Web) -> IdentityProvider:
    body = idps.oidc(mandatoryClaim={"claim": "department", "values": ["research"]})
    provider = idps.made(admin, {**body, "emailDomains": ["acme.com"]})
    web.asked.clear()
    return provider


def put(client: APIClient, alias: str, body: dict[str, Any]) -> Any:
    return client.put(f"{IDPS}/{alias}", body, format="json")


def secret_of(provider: IdentityProvider) -> str:
    provider.refresh_from_db()
    return decrypt(bytes(provider.client_secret_encrypted)).decode()


def row_of(provider: IdentityProvider) -> dict[str, Any]:
    row = IdentityProvider.objects.filter(pk=provider.pk).values().get()
    return {**row, "client_secret_encrypted": bytes(row["client_secret_encrypted"])}


def test_it_changes_what_is_sent_and_answers_nothing(admin: APIClient, saml: IdentityProvider) -> None:
    answer = put(admin, "saml", {"type": "saml", "name": "Acme", "linkByEmail": True, "mappers": {"email": "mail"}})

    saml.refresh_from_db()
    assert (answer.status_code, answer.content) == (200, b"")
    assert (saml.name, saml.link_by_email, saml.email_attribute) == ("Acme", True, "mail")


def test_it_keeps_what_is_left_out(admin: APIClient, oidc: IdentityProvider, web: Web) -> None:
    before = row_of(oidc)

    put(admin, "oidc", {"oidcData": {"clientId": "other"}})

    after = row_of(oidc)
    assert {name for name in after if after[name] != before[name]} == {"client_id", "updated_at"}
    assert web.asked == []


@pytest.mark.parametrize("alias", ["saml", "oidc", "openshift-v4"])
def test_it_takes_back_what_it_shows(alias: str, admin: APIClient, web: Web) -> None:
    body = {"saml": idps.saml(), "oidc": idps.oidc(), "openshift-v4": idps.openshift()}[alias]
    before = row_of(idps.made(admin, body))
    web.asked.clear()

    assert put(admin, alias, admin.get(f"{IDPS}/{alias}").json()).status_code == 200

    after = row_of(IdentityProvider.objects.get())
    assert {name for name in after if after[name] != before[name]} <= {"updated_at"}
    assert web.asked == []


@pytest.mark.parametrize("sent", [{"clientSecret": "*******"}, {"clientSecret": None}, {}])
def test_it_keeps_the_secret_that_is_not_sent(
    sent: dict[str, object], admin: APIClient, oidc: IdentityProvider
) -> None:
    put(admin, "oidc", {"oidcData": {"clientId": "other", **sent}})

    assert secret_of(oidc) == SECRET


def test_it_takes_a_new_secret(admin: APIClient, oidc: IdentityProvider) -> None:
    assert put(admin, "oidc", {"oidcData": {"clientSecret": " another secret "}}).status_code == 200

    assert secret_of(oidc) == " another secret "
    assert Event.objects.get(action="identity_provider:update").metadata["changed"] == ["client_secret"]


def test_it_asks_for_no_claim_any_more(admin: APIClient, oidc: IdentityProvider) -> None:
    put(admin, "oidc", {"oidcData": {"mandatoryClaim": None}})

    assert IdentityProvider.objects.get().mandatory_claim is None


def test_it_takes_other_metadata(admin: APIClient, saml: IdentityProvider) -> None:
    put(admin, "saml", idps.saml(IdP("https://other.example.com")))

    saml.refresh_from_db()
    assert saml.peer["entity_id"] == "https://other.example.com"


def test_it_fetches_metadata_of_another_address(admin: APIClient, saml: IdentityProvider, web: Web) -> None:
    assert put(admin, "saml", idps.saml_by_url()).status_code == 200

    assert web.asked == [idps.SAML_URL]
    assert IdentityProvider.objects.get().metadata_url == idps.SAML_URL


def test_it_disables_and_enables_one(admin: APIClient, saml: IdentityProvider) -> None:
    assert put(admin, "saml", {"enabled": False}).status_code == 200
    assert not IdentityProvider.objects.get().enabled

    assert put(admin, "saml", {"enabled": True}).status_code == 200
    assert IdentityProvider.objects.get().enabled
    assert Event.objects.filter(action__in=["identity_provider:enable", "identity_provider:disable"]).count() == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "oidc"}, "type"),
        ({"alias": "other"}, "alias"),
        ({"oidcData": {"clientId": "runai"}}, "oidcData"),
        ({"samlData": {"metadataXmlType": "url"}}, "metadataXmlUrl"),
        ({"samlData": {"metadataXmlType": "file"}}, "metadataXmlFile"),
        ({"samlData": {"entityId": "https://elsewhere.example.com"}}, "entityId"),
        ({"mappers": {"email": ""}}, "email"),
        ({"name": ""}, "name"),
        ({"enabled": "perhaps"}, "enabled"),
    ],
)
def test_it_names_the_field_that_makes_no_sense(
    body: dict[str, Any], field: str, admin: APIClient, saml: IdentityProvider
) -> None:
    before = row_of(saml)

    answer = put(admin, "saml", body)

    assert answer.status_code == 400
    assert field in answer.json()["message"]
    assert row_of(saml) == before


@pytest.mark.parametrize("body", [{}, {"type": "saml"}, {"name": None}, {"mappers": {}}])
def test_it_refuses_a_change_of_nothing(body: dict[str, Any], admin: APIClient, saml: IdentityProvider) -> None:
    answer = put(admin, "saml", body)

    assert (answer.status_code, answer.json()["details"]) == (400, "nothing_to_change")


def test_it_changes_nothing_when_a_part_is_refused(saml: IdentityProvider, admin: APIClient) -> None:
    before = row_of(saml)

    answer = put(admin, "saml", {"name": "Acme", "samlData": {"metadataXmlType": "file", "metadataXmlFile": "PHg+"}})

    assert (answer.status_code, answer.json()["details"]) == (400, "bad_metadata")
    assert row_of(saml) == before


def test_it_refuses_who_may_not_change_one(saml: IdentityProvider, alice: User, api_as: APIAs) -> None:
    before = row_of(saml)

    for client, status in ((api_as(alice), 403), (APIClient(), 401)):
        assert put(client, "saml", {"enabled": False}).status_code == status
        assert client.delete(f"{IDPS}/saml").status_code == status

    assert row_of(saml) == before


def test_it_leaves_the_others_alone(admin: APIClient, saml: IdentityProvider, oidc: IdentityProvider) -> None:
    before = row_of(saml)

    put(admin, "oidc", {"name": "Acme", "enabled": False, "mappers": {"email": "upn"}})
    admin.delete(f"{IDPS}/oidc")

    assert row_of(saml) == before


def test_it_records_what_was_changed(admin: APIClient, saml: IdentityProvider) -> None:
    put(admin, "saml", {"name": "Acme", "privileged": True})

    event = Event.objects.get(action="identity_provider:update")
    assert (event.subject, event.entity_id) == ("ada@example.com", str(saml.pk))
    assert event.metadata["changed"] == ["name", "privileged"]


def test_it_takes_one_away_and_records_it(admin: APIClient, saml: IdentityProvider) -> None:
    answer = admin.delete(f"{IDPS}/saml")

    assert (answer.status_code, answer.content) == (200, b"")
    assert admin.get(f"{IDPS}/saml").status_code == 404
    event = Event.objects.get(action="identity_provider:delete")
    assert (event.subject, event.metadata["alias"]) == ("ada@example.com", "saml")


def test_the_last_one_is_not_taken_away_by_who_came_through_one(
    saml: IdentityProvider, ada: User, admin: APIClient
) -> None:
    User.objects.filter(pk=ada.pk).update(is_local=False, source="saml", email_verified_by="saml")
    IdentityProvider.objects.update(privileged=True)
    ada.refresh_from_db()

    for answer in (admin.delete(f"{IDPS}/saml"), put(admin, "saml", {"enabled": False})):
        assert (answer.status_code, answer.json()["details"]) == (403, "local_administrator_needed")
    assert IdentityProvider.objects.get().enabled
