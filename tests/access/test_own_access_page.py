"""Tests of the account page: what people may do, and whom they can ask for help."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Group, User
from accounts.services.settings import update_general_settings
from clustersync.models import Cluster
from common.actors import SYSTEM
from tests import cast
from tests.conftest import BrowserAs


def words(browser: Client) -> str:
    return " ".join(browser.get("/account").content.decode().split())


def test_it_says_each_role_and_place(alice: User, tree: cast.Tree, browser_as: BrowserAs) -> None:
    cast.rule("user", alice.email, "Viewer", tree.prod)

    page = words(browser_as(alice))

    assert "<strong>Editor</strong> in <strong>runai/prod/vision/faces</strong></p>" in page
    assert "<strong>Viewer</strong> in <strong>runai/prod</strong> and everything below" in page
    assert "Given to you by name." in page


def test_it_names_the_group(bob: User, researchers: Group, browser_as: BrowserAs) -> None:
    assert f"Through your group {researchers.name}." in words(browser_as(bob))


def test_who_has_nothing_reads_whom_to_ask(charlie: User, browser_as: BrowserAs, settings: Settings) -> None:
    browser = browser_as(charlie)
    assert "Ask an administrator for a role" in words(browser)

    settings.HELP_CONTACT = "gpu-help@example.com <b>"

    assert '<a href="mailto:gpu-help@example.com">' in words(browser) and "&lt;b&gt;" in words(browser)
    refused = browser.get("/nothing").content.decode()
    assert "Who can help" in refused

    update_general_settings(actor=SYSTEM, help_contact="#gpu-help")
    for page in (words(browser), browser.get("/nothing").content.decode()):
        assert "#gpu-help" in page and "gpu-help@example.com" not in page


def test_nobody_reads_of_others(alice: User, charlie: User, browser_as: BrowserAs) -> None:
    assert "faces" not in words(browser_as(charlie))


@pytest.mark.parametrize("api_url", ["https://prod.example.com:6443", ""])
def test_it_hands_out_the_kubeconfig(alice: User, prod: Cluster, browser_as: BrowserAs, api_url: str) -> None:
    Cluster.objects.update(api_url=api_url)
    browser = browser_as(alice)
    offered = "/account/kubeconfig" in words(browser)

    answer = browser.get("/account/kubeconfig", follow=True)

    assert offered == bool(api_url)
    if api_url:
        assert "prod.example.com:6443" in answer.content.decode() and "attachment" in answer["Content-Disposition"]
    else:
        assert "Nobody has entered yet by which address" in answer.content.decode()


def test_a_stranger_gets_no_kubeconfig(client: Client, db: None) -> None:
    assert client.get("/account/kubeconfig").status_code == 302
