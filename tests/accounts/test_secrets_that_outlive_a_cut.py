"""Every model that keeps a secret and who made it: the report of cutting access names those that are valid."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import User
from clustersync.models import Cluster, ClusterCredential, CredentialKind
from tests.conftest import APIAs
from tokens.models import Application, RegistrationToken

LATER, PAST = timezone.now() + timedelta(days=1), timezone.now() - timedelta(days=1)
HOLDERS = {Application, ClusterCredential, RegistrationToken}


@pytest.fixture
def made_by(prod: Cluster, robo: Application) -> Any:
    def make(maker: str) -> None:
        Application.objects.filter(pk=robo.pk).update(created_by=maker)
        for kind in CredentialKind:
            for name, ends in (("live", None), ("ending", LATER), ("ended", PAST)):
                ClusterCredential.objects.create(
                    cluster=prod, kind=kind, secret_hash=kind + name, created_by=maker, ends_at=ends
                )
        for name, uses, expires in (("valid", 1, LATER), ("used", 0, LATER), ("expired", 1, PAST)):
            RegistrationToken.objects.create(
                token_hash=name, note=name, uses_left=uses, expires_at=expires, created_by=maker
            )

    return make


NAMED = [
    "Application robo",
    *["Credential of cluster prod (agent)"] * 2,
    *["Credential of cluster prod (webhook)"] * 2,
    "Initial access token valid",
]


@pytest.mark.parametrize("renamed", [False, True])
def test_the_report_names_every_secret_that_they_made(
    ada: User, bob: User, made_by: Any, api_as: APIAs, renamed: bool
) -> None:
    made_by(bob.email)
    client, path = api_as(ada), f"/api/v1/users/{bob.pk}"
    if renamed:
        assert client.patch(path, {"email": "bobby@example.com"}, format="json").status_code == 200

    body = client.post(f"{path}/cut-access", {}, format="json").json()

    assert sorted(one["where"] for one in body["livesOn"] if "they" in one["why"] and "may know" in one["why"]) == NAMED


def test_it_names_none_that_another_made(ada: User, bob: User, made_by: Any, api_as: APIAs) -> None:
    made_by(ada.email)

    body = api_as(ada).post(f"/api/v1/users/{bob.pk}/cut-access", {}, format="json").json()

    assert not [one for one in body["livesOn"] if "may know" in one["why"]]


def test_no_model_that_keeps_a_secret_and_its_maker_is_forgotten() -> None:
    found = set()
    for model in apps.get_models():
        fields = {field.name for field in model._meta.get_fields()}
        if "created_by" in fields and any(name.endswith(("_hash", "secret")) for name in fields):
            found.add(model)

    assert found == HOLDERS
