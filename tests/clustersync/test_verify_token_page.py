"""The verify-token page: the verdict first, and nothing of what was pasted."""

import pytest
from django.test import Client

from accounts.models import Group, User
from clustersync.models import Cluster
from clustersync.services.verdicts import LONGEST_TOKEN
from tests.conftest import BrowserAs
from tests.tokens.asking import by_password

pytestmark = pytest.mark.usefixtures("keys")


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def token(bob: User, researchers: Group, prod: Cluster) -> str:
    return str(by_password(bob, audience=prod.audience)["accessToken"])


def path(cluster: Cluster) -> str:
    return f"/admin/clustersync/cluster/{cluster.pk}/verify-token/"


def test_it_says_what_to_paste(admin: Client, prod: Cluster) -> None:
    page = admin.get(path(prod)).content.decode()

    assert "runai-identity token --cluster prod" in page
    assert "It verifies by" not in page


def test_it_says_as_whom_and_for_how_long(admin: Client, prod: Cluster, token: str) -> None:
    answer = admin.post(path(prod), {"token": f" {token}\n"})

    page = answer.content.decode()
    assert "<strong>prod accepts it</strong> as <code>runai:bob@example.com</code>" in page
    assert "<code>runai:researchers</code>" in page
    assert "It is accepted for 10 min" in page
    assert "no-store" in answer["Cache-Control"]


def test_it_says_why_not(admin: Client, prod: Cluster, token: str) -> None:
    Cluster.objects.update(mode="oidc")

    page = admin.post(path(prod), {"token": token.replace(".", ".x", 1), "told_by": "flags"}).content.decode()

    assert "<strong>prod refuses it.</strong>" in page
    assert "“It is a JWT of our issuer, to the letter” does not hold" in page
    assert page.count("not checked: it asks no further") > 5


@pytest.mark.parametrize("said", ["{token}", "{token}x", "{token}" * 90])
def test_what_was_pasted_is_not_on_the_page(admin: Client, prod: Cluster, token: str, said: str) -> None:
    assert len(token * 90) > LONGEST_TOKEN

    page = admin.post(path(prod), {"token": said.format(token=token)}).content.decode()

    assert token.rpartition(".")[2] not in page
    assert token.split(".")[1] not in page


def test_the_clusters_page_leads_to_it(admin: Client, prod: Cluster) -> None:
    assert path(prod) in admin.get(f"/admin/clustersync/cluster/{prod.pk}/change/").content.decode()


def test_only_who_may_see_the_cluster_sees_it(charlie: User, browser_as: BrowserAs, prod: Cluster) -> None:
    assert browser_as(charlie).get(path(prod)).status_code in (302, 403, 404)
    assert Client().get(path(prod)).status_code == 302
