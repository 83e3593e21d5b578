"""People make, see and revoke their opaque tokens on `/account`."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from clustersync.models import Cluster, ClusterToken, Mode
from tests.clustersync.conftest import Review
from tests.conftest import BrowserAs

FORM = {"name": "nightly job", "seconds": "86400"}


@pytest.fixture
def browser(alice: User, prod: Cluster, keys: None, browser_as: BrowserAs) -> Client:
    return browser_as(alice)


def make(browser: Client, where: Cluster, **instead: str) -> Any:
    return browser.post("/account/cluster-tokens", {**FORM, "cluster": where.pk, **instead}, follow=True)


def token_on(page: Any) -> str:
    found = re.search(r'<pre id="token">(rit_\S+)</pre>', page.content.decode())
    assert found, page.content
    return found[1]


def words(page: Any) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", page.content.decode())).split())


def test_it_makes_one_and_shows_it_this_once(browser: Client, prod: Cluster, review: Review) -> None:
    page = make(browser, prod)

    assert review(token_on(page))["authenticated"] is True
    assert "no-store" in page["Cache-Control"]
    assert "rit_" not in browser.get("/account").content.decode()


def test_it_lists_what_one_has(browser: Client, prod: Cluster) -> None:
    make(browser, prod)

    assert re.search(r"nightly job prod Made 20\S+ \S+ · ends 20\S+ \S+ · not used yet", words(browser.get("/account")))


def test_it_revokes_one(browser: Client, prod: Cluster, review: Review) -> None:
    token = token_on(make(browser, prod))

    page = browser.post(f"/account/cluster-tokens/{ClusterToken.objects.get().pk}/revoke", follow=True)

    assert "The token nightly job is revoked." in words(page)
    assert review(token)["authenticated"] is False


def test_nobody_revokes_somebody_elses(browser: Client, prod: Cluster, bob: User, browser_as: BrowserAs) -> None:
    make(browser, prod)

    answer = browser_as(bob).post(f"/account/cluster-tokens/{ClusterToken.objects.get().pk}/revoke")

    assert answer.status_code == 404
    assert ClusterToken.objects.live().count() == 1


@pytest.mark.parametrize(
    ("instead", "told"),
    [
        ({"seconds": "604800"}, "takes a sign-in of the last 15 minutes"),
        ({"seconds": "5"}, "Say what the token is for"),
        ({"name": " "}, "Say what the token is for"),
        ({"cluster": "c0000000-0000-4000-8000-00000000ffff"}, "You reach no cluster of this id"),
    ],
)
def test_it_says_why_it_makes_none(browser: Client, prod: Cluster, instead: dict[str, str], told: str) -> None:
    Session.objects.update(authenticated_at=timezone.now() - timedelta(hours=1))

    assert told in words(make(browser, prod, **instead))
    assert not ClusterToken.objects.exists()


def test_it_offers_no_cluster_that_verifies_by_itself(browser: Client, prod: Cluster) -> None:
    assert ">prod</option>" in browser.get("/account").content.decode()

    Cluster.objects.update(mode=Mode.OIDC)

    assert "You reach no cluster that asks us about tokens." in words(browser.get("/account"))


def test_it_says_when_there_can_be_no_more(browser: Client, prod: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clustersync.adapters.sections.MOST", 1)
    make(browser, prod)

    assert "You have 1 tokens, which is the most" in words(browser.get("/account"))


def test_making_one_takes_our_csrf_token(browser: Client, prod: Cluster) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies

    assert make(strict, prod).status_code == 403
    assert not ClusterToken.objects.exists()
