"""The page that connects a cluster: one distribution at a time, and what was seen of the cluster meanwhile."""

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from clustersync.models import Cluster, ClusterCredential
from tests.e2e.conftest import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(prod: Cluster) -> str:
    Cluster.objects.update(mode="both")
    return f"/admin/clustersync/cluster/{prod.pk}/connect/"


def choose_k3s(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("region", name="k3s")).not_to_be_visible()
    page.locator("label", has_text="k3s").click()
    expect(page.get_by_role("region", name="k3s")).to_be_visible()
    expect(page.get_by_role("region", name="kubeadm")).not_to_be_visible()


def test_it_shows_what_was_seen_meanwhile(page: Page, ada: User, prod: Cluster, address: str) -> None:
    sign_in(page, ada)
    choose_k3s(page, address)
    expect(page.get_by_text("0 of 5 steps done")).to_be_visible()

    ClusterCredential.objects.filter(cluster=prod).update(last_used_at=timezone.now())

    expect(page.get_by_text("3 of 5 steps done")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("region", name="k3s")).to_be_visible()


def test_the_keyboard_alone_chooses(page: Page, ada: User, address: str) -> None:
    sign_in(page, ada)
    page.goto(address)

    page.get_by_role("radio", name="kubeadm").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("region", name="k3s")).to_be_visible()


def test_a_distribution_is_chosen_without_scripts(
    chromium: Browser, live_server: LiveServer, ada: User, address: str
) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, ada)

    choose_k3s(page, address)

    page.get_by_role("link", name="See whether it was seen by now").click()
    expect(page.get_by_role("heading", name="Connect the API server of prod")).to_be_visible()
    context.close()


def test_a_double_click_and_a_reload_make_one_token(page: Page, ada: User, prod: Cluster) -> None:
    before = prod.credentials.count()
    sign_in(page, ada)
    page.goto(f"/admin/clustersync/cluster/{prod.pk}/change/")
    page.get_by_role("button", name="New webhook token").click()

    page.get_by_role("button", name="New webhook token").dblclick()
    expect(page.get_by_text("The webhook token is on this page this once.")).to_be_visible()
    page.reload()

    expect(page.get_by_text("This form was sent a second time")).to_be_visible()
    assert prod.credentials.count() == before + 1
