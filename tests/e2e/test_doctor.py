"""The doctor's page in a browser: a wrong line is pasted, and the right one read. Its console stays clean."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import User
from clustersync.models import Cluster
from tests.clustersync.doctor import FLAGS
from tests.e2e.conftest import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_it_shows_the_line_to_change_first(page: Page, ada: User, prod: Cluster, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://identity.example.com"
    settings.ISSUER = f"{settings.PUBLIC_URL}/auth/realms/runai"
    sign_in(page, ada)
    page.goto(f"/admin/clustersync/cluster/{prod.pk}/doctor/")

    page.get_by_label("What the cluster was told").fill(FLAGS.replace("realms/runai", "realms/runai/"))
    page.get_by_role("button", name="Examine").click()

    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text("It is broken")
    expect(verdict).to_contain_text(f"--oidc-issuer-url={settings.ISSUER}")
    expect(page.get_by_label("What the cluster was told")).to_have_value("")
