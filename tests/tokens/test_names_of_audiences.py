"""Which audience is whose: no name that somebody chooses is one that the API or a cluster has."""

from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from access.models import NAME as SCOPE_NAME
from accounts.models import Group, User
from clustersync.models import Cluster
from common.actors import SYSTEM
from common.errors import Invalid
from tests.keys import plant_keys
from tests.tokens.asking import ask, authorize, by_password, make_shop, post_form, signed_in
from tokens.models import Application, Consent, Grant
from tokens.models.applications import NAME
from tokens.ports.audiences import is_like_a_clusters, new_cluster_audience
from tokens.services.applications import register_client
from tokens.services.clients import RESERVED

RENAMING: Any = import_module("tokens.migrations.0003_audience_of_the_api")
CLUSTER = st.from_regex(SCOPE_NAME.regex)


@given(name=st.from_regex(NAME.regex))
def test_no_client_can_be_named_like_the_audience_of_the_api(name: str) -> None:
    assert name != settings.API_AUDIENCE


@given(name=CLUSTER, id_=st.uuids())
def test_no_audience_of_a_cluster_can_be_another_domains(name: str, id_: UUID) -> None:
    audience = new_cluster_audience(name, str(id_))

    assert audience not in {settings.API_AUDIENCE, settings.SHARED_AUDIENCE, *RESERVED}
    assert is_like_a_clusters(audience)


@pytest.mark.parametrize("name", ["runai", "runai-prod-c0000000", "runai-not-yet-0a1b2c3d", "runai-a-b-c-00000000"])
def test_no_client_is_named_like_an_audience(db: None, name: str) -> None:
    with pytest.raises(Invalid, match="can't be an application's name"):
        register_client(actor=SYSTEM, name=name, registration={})


@pytest.mark.parametrize("name", ["runai-prod", "runai-job-runner", "runai-0a1b2c3d4e5f", "prod-c0000000"])
def test_other_names_are_free(db: None, name: str) -> None:
    application, _ = register_client(actor=SYSTEM, name=name, registration={})

    assert application.client_id == name


def test_the_audience_that_clusters_share_is_given_by_no_grant(ada: User, prod: Cluster) -> None:
    plant_keys()
    Cluster.objects.update(legacy_flags=True)
    refresh_token = by_password(ada)["refreshToken"]
    cli = {"client_id": "runai-cli", "redirect_uri": "http://127.0.0.1/"}

    by_json = [
        ask(grantType="password", username=ada.email, password="Correct-Horse-1", audience="runai"),
        ask(grantType="refresh_token", refreshToken=refresh_token, audience="runai"),
    ]
    device = post_form("auth/device", client_id="runai-cli", scope="openid", resource="runai")
    code = authorize(signed_in(ada), resource="runai", **cli)

    assert [(answer.status_code, answer.json()["details"]) for answer in by_json] == [(400, "unknown_audience")] * 2
    assert "urn:runai:api" in by_json[0].json()["message"]
    assert (device.status_code, device.json()["error"]) == (400, "invalid_target")
    assert "error=invalid_target" in code.headers["Location"]


def test_what_was_registered_and_agreed_to_for_the_api_stays_so(bob: User, researchers: Group) -> None:
    """And can be taken back; a grant keeps `runai`, by which it gets no more tokens."""
    plant_keys()
    shop = make_shop(audiences=["openid", "runai"])
    Consent.objects.create(user=bob, application=shop, scopes=["email"], audiences=["runai", "runai-prod-c0000000"])
    by_password(bob)
    Grant.objects.update(audience="runai")

    RENAMING.forwards(apps, None)

    assert Application.objects.get(pk=shop.pk).audiences == ["openid", "urn:runai:api"]
    assert Consent.objects.get().audiences == ["urn:runai:api", "runai-prod-c0000000"]
    assert Grant.objects.get().audience == "runai"
    RENAMING.backwards(apps, None)
    assert Consent.objects.get().audiences == ["runai", "runai-prod-c0000000"]
