"""Asking the doctor by the API: against the very cluster, as who may read it, and nothing of it is kept."""

import logging

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from clustersync import apiserver
from clustersync.doctor.diagnosis import diagnose
from clustersync.doctor.reading import LONGEST_PASTE, read
from clustersync.doctor.served import Observed
from clustersync.kubeconfigs import KubeconfigForm, KubeconfigOwner, kubeconfig
from clustersync.models import Cluster, CredentialKind
from clustersync.services.configuration import facts_of
from clustersync.services.credentials import new_credential
from clustersync.services.doctor import served_for
from clustersync.yaml_for_go import as_yaml
from common.actors import SYSTEM
from tests.conftest import APIAs


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


def path(cluster: Cluster) -> str:
    return f"/api/v1/clusters/{cluster.pk}/doctor"


@pytest.fixture(autouse=True)
def _https(settings: object) -> None:
    settings.PUBLIC_URL = "https://identity.example.com"  # type: ignore[attr-defined]  # pytest-django's
    settings.ISSUER = "https://identity.example.com/auth/realms/runai"  # type: ignore[attr-defined]


@pytest.fixture
def flags(prod: Cluster, _https: None) -> str:
    facts = facts_of(prod)
    return "\n".join([*apiserver.oidc_flags(facts), *apiserver.webhook_flags(facts)])


def test_it_names_the_line_to_change(admin: APIClient, prod: Cluster, flags: str) -> None:
    wrong = flags.replace(settings.ISSUER, f"{settings.ISSUER}/")

    answer = admin.post(path(prod), {"configuration": wrong}, format="json")

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["verdict"] == "broken"
    assert answer.json()["first"]["write"] == f"--oidc-issuer-url={settings.ISSUER}"
    assert answer.json()["first"]["line"] == 1


def test_it_takes_what_was_measured_and_the_version(admin: APIClient, prod: Cluster, flags: str) -> None:
    body = {"configuration": flags, "kubernetesVersion": "v1.28.4", "observed": {"skewSeconds": 40, "kids": []}}

    answers = {one["rule"]: one["answer"] for one in admin.post(path(prod), body, format="json").json()["rules"]}

    assert answers["clock-skew"] == "warning"
    assert answers["version-too-old"] == "note"
    assert answers["webhook-latency"] == "not checked"


@pytest.mark.parametrize("mode", ["oidc", "webhook", "both"])
@pytest.mark.parametrize("legacy", [False, True])
def test_it_finds_nothing_wrong_in_what_we_generate(prod: Cluster, mode: str, legacy: bool, ada: User) -> None:
    prod.refresh_from_db()
    prod.mode, prod.legacy_flags, prod.api_url = mode, legacy, "https://gpu-1.example.com:6443"
    facts, token = facts_of(prod), new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.WEBHOOK)
    ca = apiserver.AuthenticationForm.STRUCTURED
    pastes = [file.text for form in apiserver.AuthenticationForm for file in apiserver.files(facts, form, token=token)]
    pastes += [
        "\n".join(f"--{name}={value}" for name, value in apiserver.arguments(facts, apiserver.AuthenticationForm.FLAGS))
    ]
    pastes += [snippet.text for snippet in apiserver.snippets(facts, ca, token=token)]
    pastes += [
        as_yaml(kubeconfig([facts], person=KubeconfigOwner(name="bob"), form=form)) for form in list(KubeconfigForm)[:3]
    ]

    for paste in pastes:
        diagnosis = diagnose(read(paste), served_for(SYSTEM, prod), Observed(failure=""))
        assert [finding for finding in diagnosis.findings if finding.severity.value != "note"] == [], paste


def test_it_is_for_who_may_read_the_cluster_or_reaches_it(
    api_as: APIAs, charlie: User, alice: User, prod: Cluster
) -> None:
    body = {"configuration": "--oidc-client-id=a"}

    assert api_as(charlie).post(path(prod), body, format="json").status_code == 404
    assert api_as(alice).post(path(prod), body, format="json").status_code == 200  # test_asking_about_oneself.py
    assert APIClient().post(path(prod), body, format="json").status_code == 401


def test_it_keeps_nothing_of_it(admin: APIClient, prod: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    before = Event.objects.count()
    with caplog.at_level(logging.DEBUG):
        answer = admin.post(
            path(prod), {"configuration": "users: [{user: {token: s3cret}}]\nclusters: [1]"}, format="json"
        )

    assert answer.status_code == 200
    assert "s3cret" not in answer.content.decode() + caplog.text
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"configuration": 3},
        {"configuration": "x" * (LONGEST_PASTE + 1)},
        {"configuration": "x", "kubernetesVersion": "latest"},
        {"configuration": "x", "observed": {"skewSeconds": "soon"}},
    ],
)
def test_it_refuses_what_it_cant_read(admin: APIClient, prod: Cluster, body: object) -> None:
    assert admin.post(path(prod), body, format="json").status_code == 400
