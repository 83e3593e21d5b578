"""Whoever uses a cluster that began to share its tokens is told so when they sign in next."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from clustersync.models import Cluster
from clustersync.services.clusters import update_cluster
from tests import cast
from tests.clustersync.conftest import TokenFor
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import Visitor, connect
from tests.tokens.asking import authorize

TOLD = "These clusters share tokens: prod (since "


def first_page(browser: Client) -> str:
    return browser.get("/").content.decode()


@pytest.fixture
def shared(alice: User, ada: User, prod: Cluster, browser_as: BrowserAs) -> Cluster:
    """Since Alice signed in last."""
    assert TOLD not in first_page(browser_as(alice))
    return update_cluster(actor=ada, cluster=prod, legacy_flags=True)


def test_it_says_since_when_and_what_it_means_once(shared: Cluster, alice: User, browser_as: BrowserAs) -> None:
    page = first_page(browser_as(alice))

    assert f"{TOLD}{timezone.now():%Y-%m-%d}" in page
    assert "whoever runs one can act as you in the others until the token ends" in page
    assert TOLD not in first_page(browser_as(alice))


def test_it_says_so_to_who_never_signed_in_before(
    shared: Cluster, researchers: object, bob: User, browser_as: BrowserAs
) -> None:
    assert TOLD in first_page(browser_as(bob))


def test_it_says_nothing_to_who_reaches_no_such_cluster(shared: Cluster, charlie: User, browser_as: BrowserAs) -> None:
    assert TOLD not in first_page(browser_as(charlie))


def test_it_says_nothing_any_more_when_it_ended(shared: Cluster, ada: User, alice: User, browser_as: BrowserAs) -> None:
    update_cluster(actor=ada, cluster=shared, legacy_flags=False)

    assert TOLD not in first_page(browser_as(alice))


def test_another_way_to_share_begins_nothing_anew(
    shared: Cluster, ada: User, alice: User, browser_as: BrowserAs
) -> None:
    browser_as(alice)

    update_cluster(actor=ada, cluster=shared, accepts_shared_audience=True)

    assert TOLD not in first_page(browser_as(alice))


def test_a_command_line_that_signs_in_meanwhile_takes_nothing_away(
    shared: Cluster, alice: User, token_for: TokenFor, browser_as: BrowserAs
) -> None:
    token_for(alice)

    assert TOLD in first_page(browser_as(alice))


def test_who_proves_it_again_is_told(shared: Cluster, alice: User) -> None:
    browser = Client()
    browser.post("/login", {"email": alice.email, "password": cast.PASSWORD})
    Session.objects.update(created_at=shared.created_at, authenticated_at=shared.created_at)
    first_page(browser)

    browser.post("/login?again=1", {"email": alice.email, "password": cast.PASSWORD, "again": "1"})

    assert TOLD in first_page(browser)


def test_it_waits_to_be_read_on_the_way_to_an_application(shared: Cluster, alice: User, keys: None) -> None:
    browser = Client()
    asked = {"client_id": "runai-cli", "redirect_uri": "http://127.0.0.1/"}
    there = authorize(browser, **asked).headers["Location"]

    told = browser.post(there, {"email": alice.email, "password": cast.PASSWORD}).content.decode()
    later = browser.post(f"{there}&again=1", {"email": alice.email, "password": cast.PASSWORD}).content.decode()

    assert (TOLD in told, 'http-equiv="refresh"' in told, ">Continue</a>" in told) == (True, False, True)
    assert (TOLD in later, 'http-equiv="refresh"' in later) == (False, True)


def test_who_signs_in_elsewhere_is_told(shared: Cluster, alice: User) -> None:
    idp = IdP()
    visitor = Visitor(idp, connect(idp, link_by_email=True))

    visitor.sign_in(name_id="alice-1", attributes={"email": [alice.email]})

    assert TOLD in first_page(visitor.browser)


def test_the_account_page_says_it_for_as_long_as_it_is_so(shared: Cluster, alice: User, browser_as: BrowserAs) -> None:
    browser = browser_as(alice)
    first_page(browser)

    page = browser.get("/account").content.decode()

    assert f"These clusters share tokens: prod (since {timezone.now():%Y-%m-%d})." in page
