"""Takes the pictures of docs/images when they are asked for: make screenshots."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page
from pytest_django import Settings

from accounts.models import User
from clustersync.models import Cluster
from sso.models import IdentityProvider
from tests.e2e.conftest import sign_in
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, last_attempt

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("PICTURES" not in os.environ, reason="nobody asked for pictures"),
]

IMAGES = Path(__file__).parents[2] / "docs" / "images"


@pytest.fixture
def idp() -> IdP:
    return IdP()


@pytest.fixture
def corp(ada: User, idp: IdP, settings: Settings, page: Page) -> IdentityProvider:
    settings.PUBLIC_URL = "https://identity.example.com"
    settings.ISSUER = f"{settings.PUBLIC_URL}/auth/realms/runai"
    page.set_viewport_size({"width": 1280, "height": 800})
    connect(idp, alias="partners", name="Partners", position=2)
    return connect(idp, alias="corp", name="Acme directory", position=1)


def take(page: Page, name: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    page.screenshot(path=IMAGES / f"{name}.png")


def test_the_sign_in_page(page: Page, corp: IdentityProvider) -> None:
    page.goto("/login")

    take(page, "sso-login")


def test_the_page_of_a_provider(page: Page, ada: User, corp: IdentityProvider) -> None:
    sign_in(page, ada)
    page.goto(f"/admin/sso/identityprovider/{corp.pk}/metadata/")

    take(page, "sso-provider")


def test_the_page_that_connects_a_cluster(page: Page, ada: User, corp: IdentityProvider, prod: Cluster) -> None:
    sign_in(page, ada)
    page.set_viewport_size({"width": 1280, "height": 640})
    page.goto(f"/admin/clustersync/cluster/{prod.pk}/connect/")

    take(page, "connect-cluster")


def test_the_account_page(page: Page, alice: User, corp: IdentityProvider, prod: Cluster) -> None:
    Cluster.objects.update(api_url="https://prod.example.com:6443")
    sign_in(page, alice)
    page.goto("/account")

    take(page, "account")


def test_the_page_of_a_refused_sign_in(page: Page, ada: User, idp: IdP, corp: IdentityProvider) -> None:
    IdentityProvider.objects.update(create_users=False)
    Visitor(idp, corp).sign_in(name_id="jane-1", attributes=JANE)
    sign_in(page, ada)
    page.goto(f"/admin/sso/attempt/{last_attempt().pk}/change/")

    take(page, "sso-trouble")
