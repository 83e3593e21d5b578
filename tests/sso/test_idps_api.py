"""Identity providers by API: connected."""

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


def part_with(body: dict[str, Any], name: str, value: object) -> dict[str, Any]:
    """The body with this in the part of its type, or with this on top where it stands there."""
    part = next(key for key in body if key.endswith("Data"))
    return {**body, part: {**body[part], name: value}}


def test_it_connects_a_saml_provider_by_its_file_and_puts_it_in_use(admin: APIClient, web: Web) -> None:
    answer = admin.post(IDPS, idps.saml(), format="json")

    provider = IdentityProvider.objects.get()
    assert (answer.status_code, answer.json()) == (201, {"alias": "saml"})
    assert (provider.enabled, provider.name, provider.created_by) == (True, "SAML 2.0", "ada@example.com")
    assert (provider.peer["entity_id"], provider.keys.count()) == (IdP().entity_id, 1)
    assert web.asked == []


def test_it_connects_a_saml_provider_by_its_address(admin: APIClient, web: Web) -> None:
    assert idps.made(admin, idps.saml_by_url()).peer["entity_id"] == IdP().entity_id
    assert web.asked == [idps.SAML_URL]


def test_it_connects_an_openid_provider_by_its_discovery(admin: APIClient, web: Web) -> None:
    claim = {"claim": "department", "values": ["research", "vision"]}

    provider = idps.made(admin, idps.oidc(mandatoryClaim=claim))

    assert (provider.alias, provider.client_id, provider.scopes) == ("oidc", "runai", ["openid"])
    assert decrypt(bytes(provider.client_secret_encrypted)).decode() == SECRET
    assert provider.mandatory_claim == claim
    assert web.asked == [idps.DISCOVERY]


@pytest.mark.parametrize("part", [{"mandatoryClaim": None, "scopes": None}, {"mandatoryClaim": None, "scopes": []}])
def test_it_takes_nulls_for_what_may_be_left_out(part: dict[str, object], admin: APIClient, web: Web) -> None:
    body = {**idps.oidc(**part), "samlData": None, "ocpData": None, "mappers": None, "name": None, "enabled": None}

    provider = idps.made(admin, body)

    assert (provider.mandatory_claim, provider.scopes, provider.email_attribute) == (None, [], "email")
    assert provider.enabled


def test_it_connects_openshift_by_the_address_of_its_api_server(admin: APIClient, web: Web) -> None:
    provider = idps.made(admin, idps.openshift())

    assert web.asked == [f"{idps.OPENSHIFT}/.well-known/oauth-authorization-server"]
    assert (provider.email_attribute, provider.uid_attribute) == ("metadata.name", "metadata.uid")


def test_it_connects_several_of_a_type_under_their_own_aliases(admin: APIClient) -> None:
    switches = {"createUsers": False, "linkByEmail": True, "privileged": True, "allowIdpInitiated": True}

    idps.made(admin, idps.saml())
    second = idps.made(
        admin, idps.saml(IdP("https://second"), alias="second", name="Second", enabled=False, **switches)
    )

    assert (second.alias, second.name, second.enabled) == ("second", "Second", False)
    assert (second.create_users, second.link_by_email) == (False, True)
    assert (second.privileged, second.allow_idp_initiated) == (True, True)
    assert [body["alias"] for body in admin.get(IDPS).json()] == ["saml", "second"]


def test_it_refuses_an_alias_that_is_taken(admin: APIClient) -> None:
    idps.made(admin, idps.saml(name="The first"))

    answer = admin.post(IDPS, idps.saml(name="The second"), format="json")

    assert (answer.status_code, answer.json()["details"]) == (409, "provider_exists")
    assert IdentityProvider.objects.get().name == "The first"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "type"),
        ({"type": "ldap"}, "type"),
        ({"type": "saml"}, "samlData"),
        ({"type": "oidc", "oidcData": None}, "oidcData"),
        ({**idps.saml_by_url(), "oidcData": idps.oidc()["oidcData"]}, "oidcData"),
        ({**idps.saml_by_url(), "alias": "Not an alias"}, "alias"),
        ({**idps.saml_by_url(), "alias": "a" * 61}, "alias"),
        ({**idps.saml_by_url(), "name": "a\nb"}, "name"),
        ({**idps.saml_by_url(), "name": "a" * 61}, "name"),
        ({**idps.saml_by_url(), "enabled": "perhaps"}, "enabled"),
        ({**idps.saml_by_url(), "privileged": "yes, please"}, "privileged"),
        ({**idps.saml_by_url(), "mappers": {"email": ""}}, "email"),
        ({**idps.saml_by_url(), "mappers": {"uid": 7}}, "uid"),
        ({**idps.saml_by_url(), "mappers": {"groups": "g" * 201}}, "groups"),
        ({**idps.saml_by_url(), "mappers": ["email"]}, "mappers"),
        (idps.oidc(mandatoryClaim={"claim": "department", "values": []}), "values"),
    ],
)
def test_it_names_the_field_that_makes_no_sense(body: dict[str, Any], field: str, admin: APIClient, web: Web) -> None:
    answer = admin.post(IDPS, body, format="json")

    assert answer.status_code == 400
    assert field in answer.json()["message"]
    assert not IdentityProvider.objects.exists()


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        (idps.saml_by_url(), "metadataXmlType", "ftp"),
        (idps.saml_by_url(), "metadataXmlUrl", None),
        (idps.saml_by_url(), "metadataXmlUrl", "idp.acme.com/metadata.xml"),
        (idps.saml_by_url(), "metadataXmlUrl", "file:///etc/passwd"),
        (idps.saml_by_url(), "entityId", "https://elsewhere.example.com"),
        (idps.saml_by_url(), "nameIdFormat", "transient"),
        (idps.saml(), "metadataXmlFile", None),
        (idps.saml(), "metadataXmlFile", "<xml/>"),
        (idps.saml(), "metadataXmlFile", "/////w=="),
        (idps.oidc(), "clientId", None),
        (idps.oidc(), "clientSecret", ""),
        (idps.oidc(), "clientSecret", "*******"),
        (idps.oidc(), "clientSecret", None),
        (idps.oidc(), "discoverDocumentUrl", None),
        (idps.oidc(), "discoverDocumentUrl", "javascript:alert(1)"),
        (idps.oidc(), "scopes", ["openid\nemail"]),
        (idps.oidc(), "scopes", "openid"),
        (idps.oidc(), "mandatoryClaim", "department"),
        (idps.openshift(), "idpBaseUrl", None),
        (idps.openshift(), "clientId", 7),
    ],
)
def test_it_names_the_field_of_the_part_that_makes_no_sense(
    body: dict[str, Any], field: str, value: object, admin: APIClient, web: Web
) -> None:
    answer = admin.post(IDPS, part_with(body, field, value), format="json")

    assert answer.status_code == 400
    assert field in answer.json()["message"]
    assert (web.asked, IdentityProvider.objects.exists()) == ([], False)


def test_it_refuses_metadata_that_can_not_be_used(admin: APIClient) -> None:
    answer = admin.post(IDPS, part_with(idps.saml(), "metadataXmlFile", "PHhtbC8+"), format="json")

    assert (answer.status_code, answer.json()["details"]) == (400, "bad_metadata")
    assert not IdentityProvider.objects.exists()


def test_it_refuses_who_may_not_connect_one(alice: User, api_as: APIAs) -> None:
    assert api_as(alice).post(IDPS, idps.saml(), format="json").status_code == 403
    assert APIClient().post(IDPS, idps.saml(), format="json").status_code == 401
    assert not IdentityProvider.objects.exists()


def test_it_records_who_connected_what_and_no_secret(admin: APIClient, web: Web) -> None:
    provider = idps.made(admin, idps.oidc())

    event = Event.objects.get(action="identity_provider:connect")
    assert (event.subject, event.entity_id, event.metadata["alias"]) == ("ada@example.com", str(provider.pk), "oidc")
    assert SECRET not in str(event.metadata)
