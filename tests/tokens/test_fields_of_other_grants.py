"""`POST /api/v1/token` and the older form take the fields of the grant that is asked for, and no other's."""

import pytest
from rest_framework.test import APIClient

from tests.conftest import APIAs
from tokens.api.token import FIELDS_OF_GRANT
from tokens.models import Application

ALL = sorted({name for names in FIELDS_OF_GRANT.values() for name in names} | {"code", "redirectUri", "externalToken"})


@pytest.mark.django_db
@pytest.mark.parametrize("grant", FIELDS_OF_GRANT)
@pytest.mark.parametrize("name", ALL)
def test_a_field_of_another_grant_is_refused(grant: str, name: str) -> None:
    answer = APIClient().post("/api/v1/token", {"grantType": grant, name: "x"}).json()
    said_of_it = f"{name}: The grant {grant} has no such field." in answer["message"]

    assert said_of_it == (name not in FIELDS_OF_GRANT[grant])


@pytest.mark.django_db
@pytest.mark.parametrize("nothing", [None, ""])
def test_what_is_null_or_blank_is_no_field(nothing: str | None) -> None:
    body = {**dict.fromkeys(ALL, nothing), "grantType": "app_token", "appID": "a", "appSecret": "b"}

    assert APIClient().post("/api/v1/token", body).json()["details"] == "bad_credentials"


def test_an_application_is_named_once(robo: Application, api_as: APIAs) -> None:
    body = {"id": robo.client_id, "secret": "x"}

    for name, code in ((robo.client_id, "bad_credentials"), ("another", "bad_client")):
        assert APIClient().post("/v1/k8s/auth/oauth/apptoken", {**body, "name": name}).json()["details"] == code
