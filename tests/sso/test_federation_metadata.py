"""Metadata that describes several providers, and the choice of one of them."""

import base64
import re
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from common.errors import Invalid
from sso.models import IdentityProvider
from sso.saml.metadata import read_metadata
from tests.conftest import APIAs, BrowserAs
from tests.sso.idp import IdP
from tests.sso.idps import IDPS

NAMES = [f"https://idp{number}.example.org/saml" for number in range(3)]
ADD = "/admin/sso/identityprovider/add/"


def federation(*names: str) -> str:
    """Providers and a service provider, one of the providers in a group of its own."""
    entities = [re.sub(r' ID="[^"]*"', "", IdP(name).metadata()) for name in names]
    service = entities[0].replace(names[0], "https://sp.example.org").replace("IDPSSODescriptor", "SPSSODescriptor")
    group = "<md:EntitiesDescriptor xmlns:md='urn:oasis:names:tc:SAML:2.0:metadata'>"
    return (
        f"{group}{service}{group}{entities[0]}</md:EntitiesDescriptor>{''.join(entities[1:])}</md:EntitiesDescriptor>"
    )


def saml(text: str, **more: object) -> dict[str, Any]:
    encoded = base64.b64encode(text.encode()).decode()
    return {"type": "saml", "samlData": {"metadataXmlType": "file", "metadataXmlFile": encoded, **more}}


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


@pytest.mark.parametrize("name", NAMES)
def test_it_takes_the_one_that_is_named(admin: APIClient, name: str) -> None:
    answer = admin.post(IDPS, saml(federation(*NAMES), providerEntityId=name), format="json")

    assert answer.status_code == 201, answer.json()
    assert IdentityProvider.objects.get().peer["entity_id"] == name
    assert admin.get(f"{IDPS}/saml").json()["samlData"]["providerEntityId"] == name


@pytest.mark.parametrize("named", ["", "https://other.example.org", "https://sp.example.org"])
def test_it_lists_the_choice(admin: APIClient, named: str) -> None:
    answer = admin.post(IDPS, saml(federation(*NAMES), providerEntityId=named), format="json")

    assert (answer.status_code, answer.json()["details"]) == (400, "several_providers")
    assert all(name in answer.json()["message"] for name in NAMES)
    assert not IdentityProvider.objects.exists()


def test_it_needs_no_name_for_the_only_one(admin: APIClient) -> None:
    assert admin.post(IDPS, saml(federation(NAMES[0])), format="json").status_code == 201


@pytest.mark.parametrize("named", ["", NAMES[0]])
def test_one_that_is_described_twice_is_refused(named: str) -> None:
    """Readers that take the first and readers that take the last would trust other keys."""
    with pytest.raises(Invalid, match="more than once"):
        read_metadata(federation(NAMES[0], NAMES[0]), entity_id=named)


def test_another_that_is_described_twice_hinders_nobody() -> None:
    assert read_metadata(federation(*NAMES, NAMES[0]), entity_id=NAMES[1]).entity_id == NAMES[1]


@pytest.mark.slow
def test_a_thousand_are_not_all_listed() -> None:
    many = federation(*(f"https://{number}.example.org" for number in range(60)))

    with pytest.raises(Invalid, match="describes 60 identity providers") as refused:
        read_metadata(many)

    assert refused.value.message.endswith(", …") and len(refused.value.message) < 1000


def test_another_one_is_chosen_from_what_is_kept(admin: APIClient) -> None:
    admin.post(IDPS, saml(federation(*NAMES), providerEntityId=NAMES[0]), format="json")

    admin.put(f"{IDPS}/saml", {"samlData": {"providerEntityId": NAMES[2]}}, format="json")

    assert IdentityProvider.objects.get().peer["entity_id"] == NAMES[2]


def test_the_admin_offers_the_choice_at_its_field(ada: User, browser_as: BrowserAs) -> None:
    browser: Client = browser_as(ada)
    given = {
        "type": "saml",
        "alias": "acme",
        "name": "Acme",
        "position": "0",
        "email_attribute": "email",
        "create_users": "on",
        "metadata": federation(*NAMES),
    }

    page = browser.post(ADD, given)
    field = page.context["adminform"].form.errors["metadata_entity_id"]
    browser.post(ADD, {**given, "metadata_entity_id": NAMES[1]})

    assert NAMES[2] in field[0]
    assert IdentityProvider.objects.get().peer["entity_id"] == NAMES[1]
