"""The doctor's page: says where to look, what is wrong, and keeps nothing."""

import pytest
from django.test import Client

from accounts.models import User
from clustersync.models import Cluster
from tests.conftest import BrowserAs


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def path(cluster: Cluster) -> str:
    return f"/admin/clustersync/cluster/{cluster.pk}/doctor/"


def test_it_says_where_the_flags_are(admin: Client, prod: Cluster) -> None:
    page = admin.get(path(prod)).content.decode()

    assert "/etc/kubernetes/manifests/kube-apiserver.yaml" in page
    assert "/etc/rancher/rke2/config.yaml" in page


def test_it_is_linked_from_the_cluster(admin: Client, prod: Cluster) -> None:
    assert path(prod) in admin.get(f"/admin/clustersync/cluster/{prod.pk}/change/").content.decode()


def test_it_names_the_line_to_change_first(admin: Client, prod: Cluster) -> None:
    answer = admin.post(path(prod), {"pasted": "--oidc-issuer-url=https://elsewhere\n--oidc-client-id=runai\n"})
    page = answer.content.decode()

    assert "no-store" in answer["Cache-Control"]
    assert "It is broken" in page
    assert "issuer-host" in page
    assert "audience-shared" in page


def test_it_shows_nothing_of_a_secret_again(admin: Client, prod: Cluster) -> None:
    answer = admin.post(path(prod), {"pasted": "--oidc-client-secret=s3cret --oidc-client-id=a"})

    assert "unknown-flag" in answer.content.decode()
    assert "s3cret" not in answer.content.decode()


@pytest.mark.parametrize("given", [{"pasted": ""}, {"pasted": "x", "version": "new"}, {"pasted": "x" * 200_000}])
def test_it_says_what_can_not_be_read(admin: Client, prod: Cluster, given: dict[str, str]) -> None:
    assert "errorlist" in admin.post(path(prod), given).content.decode()


def test_it_tries_the_token_of_the_person_named(admin: Client, bob: User, prod: Cluster) -> None:
    rule = "jwt:\n- issuer: {}\n  userValidationRules:\n  - expression: user.username != 'runai:bob@example.com'\n"
    pasted = (
        f"kind: AuthenticationConfiguration\n{rule}  claimMappings: {{username: {{claim: email, prefix: 'runai:'}}}}\n"
    )

    of_ada = admin.post(path(prod), {"pasted": pasted}).content.decode()
    of_bob = admin.post(path(prod), {"pasted": pasted, "person": bob.email}).content.decode()
    of_nobody = admin.post(path(prod), {"pasted": pasted, "person": "nobody@example.com"}).content.decode()

    assert "The token that bob@example.com would get now is refused" in of_bob
    assert "is refused: it is false" not in of_ada
    assert "There is no such person" in of_nobody


def test_it_is_there_only_for_who_may_see_the_cluster(
    browser_as: BrowserAs, alice: User, charlie: User, prod: Cluster
) -> None:
    assert browser_as(alice).get(path(prod)).status_code in (302, 403, 404)
    assert browser_as(charlie).post(path(prod), {"pasted": "x"}).status_code in (302, 403, 404)
