"""The verify-token page in a browser: the verdict first, and the token gone. Its console stays clean."""

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import Group, User
from clustersync.models import Cluster
from tests.e2e.conftest import sign_in
from tests.tokens.asking import by_password
from tokens.services.clients import ensure_built_in_clients
from tokens.services.keys import ensure_keys

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

TOKEN = "Token"


@pytest.fixture
def token(prod: Cluster, bob: User, researchers: Group) -> str:
    ensure_keys()
    ensure_built_in_clients()
    return str(by_password(bob, audience=prod.audience)["accessToken"])


def verify(page: Page, token: str) -> Locator:
    page.get_by_label(TOKEN).fill(token)
    page.get_by_role("button", name="Verify").click()
    return page.get_by_role("region", name="Verdict")


def test_it_says_whether_the_cluster_lets_it_in(page: Page, ada: User, prod: Cluster, token: str) -> None:
    Cluster.objects.update(mode="both")
    sign_in(page, ada)
    page.goto(f"/admin/clustersync/cluster/{prod.pk}/verify-token/")

    expect(verify(page, token)).to_contain_text("accepts it as runai:bob@example.com")
    expect(page.get_by_label(TOKEN)).to_have_value("")

    expect(verify(page, f"{token[:-8]}AAAAAAAA")).to_contain_text("refuses it")
    expect(page.get_by_label(TOKEN)).to_have_value("")
