"""Identity providers by API: shown, but for their secrets."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.conftest import APIAs
from tests.sso import idp_keys, idps
from tests.sso.idps import IDPS, OUR_NAME, SECRET, Web


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


def test_it_shows_a_saml_provider_with_what_the_other_side_needs(admin: APIClient) -> None:
    idps.made(admin, idps.saml())

    body = admin.get(f"{IDPS}/saml").json()

    assert (body["alias"], body["type"], body["redirectUri"]) == ("saml", "saml", f"{OUR_NAME}/saml/endpoint")
    assert body["mappers"] == {**idps.MAPPERS, "firstName": "firstName", "lastName": "lastName"}
    assert "oidcData" not in body
    assert "ocpData" not in body
    part = body["samlData"]
    assert (part["entityId"], part["serviceProviderMetadataUrl"]) == (
        f"{OUR_NAME}/saml",
        f"{OUR_NAME}/saml/endpoint/descriptor",
    )
    assert part["singleSignOnServiceUrl"].startswith("https://idp.example.com/")
    assert part["signingCertificate"].encode() == idp_keys.key().pem
    assert part["certificateExpiresAt"].startswith("2049-")


def test_it_shows_an_openid_provider_without_its_secret(admin: APIClient, web: Web) -> None:
    idps.made(admin, idps.oidc())

    assert admin.get(f"{IDPS}/oidc").json()["oidcData"] == {
        "clientId": "runai",
        "clientSecret": "*******",
        "tokenEndpointAuthMethod": "",
        "scopes": ["openid"],
        "discoverDocumentUrl": idps.DISCOVERY,
        "mandatoryClaim": None,
    }


def test_it_shows_openshift_without_its_secret(admin: APIClient, web: Web) -> None:
    idps.made(admin, idps.openshift())

    part = admin.get(f"{IDPS}/openshift-v4").json()["ocpData"]

    assert part == {
        "clientId": "runai",
        "clientSecret": "*******",
        "tokenEndpointAuthMethod": "",
        "scopes": [],
        "idpBaseUrl": idps.OPENSHIFT,
    }


def test_no_answer_has_a_secret(admin: APIClient, web: Web) -> None:
    answers = [admin.post(IDPS, body, format="json") for body in (idps.saml(), idps.oidc(), idps.openshift())]

    answers += [
        admin.get(IDPS),
        admin.get(f"{IDPS}/saml"),
        admin.get(f"{IDPS}/oidc"),
        admin.get(f"{IDPS}/oidc/mappers"),
    ]

    assert not [answer for answer in answers if SECRET in answer.content.decode() or b"PRIVATE" in answer.content]


def test_it_shows_them_to_who_may_read_settings_and_to_nobody_else(
    admin: APIClient, alice: User, charlie: User, api_as: APIAs
) -> None:
    idps.made(admin, idps.saml())

    for path in (IDPS, f"{IDPS}/saml"):
        assert api_as(alice).get(path).status_code == 200
        assert api_as(charlie).get(path).status_code == 403
        assert APIClient().get(path).status_code == 401


@pytest.mark.parametrize("alias", ["gone", "Saml", "a%0Ab"])
def test_it_knows_no_other_alias(alias: str, admin: APIClient) -> None:
    idps.made(admin, idps.saml())

    assert admin.get(f"{IDPS}/{alias}").status_code == 404
    assert admin.put(f"{IDPS}/{alias}", {}, format="json").status_code == 404
    assert admin.delete(f"{IDPS}/{alias}").status_code == 404
