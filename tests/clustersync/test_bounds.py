"""How soon "disable" takes effect: a number for each cluster, told where somebody is disabled."""

import pytest
from django.test import Client

from accounts.models import Group, User
from clustersync.bounds import in_words, revocation_bound
from clustersync.models import Cluster
from tests.conftest import APIAs, BrowserAs
from tokens.models import Application


@pytest.mark.parametrize(
    ("mode", "token_seconds", "cache", "bound"),
    [
        ("webhook", 600, 30, 40),
        ("webhook", 3600, 120, 130),
        ("oidc", 600, 30, 610),
        ("oidc", 60, 600, 70),
        ("both", 600, 30, 610),
        ("both", 60, 600, 610),
    ],
)
def test_it_is_the_worst_case(mode: str, token_seconds: int, cache: int, bound: int) -> None:
    assert revocation_bound(mode, token_seconds=token_seconds, webhook_cache_seconds=cache) == bound


@pytest.mark.parametrize(
    ("seconds", "words"), [(40, "40 s"), (610, "10 min 10 s"), (3610, "1 h 10 s"), (600, "10 min"), (0, "0 s")]
)
def test_it_is_said_in_words(seconds: int, words: str) -> None:
    assert in_words(seconds) == words


def bound(client: Client, cluster: Cluster, **fields: object) -> int:
    Cluster.objects.filter(pk=cluster.pk).update(**fields)
    return int(client.get(f"/api/v1/clusters/{cluster.pk}").json()["revocationBoundSeconds"])


@pytest.fixture
def api(ada: User, api_as: APIAs) -> Client:
    client: Client = api_as(ada)
    return client


def test_a_cluster_that_asks_us_is_within_forty_seconds_by_itself(api: Client, prod: Cluster) -> None:
    assert bound(api, prod) == 40


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"mode": "oidc"}, 610),
        ({"mode": "oidc", "token_seconds": 120}, 130),
        ({"mode": "both", "token_seconds": 120, "webhook_cache_seconds": 300}, 310),
        ({"mode": "oidc", "accepts_shared_audience": True}, 3610),
        ({"mode": "oidc", "legacy_flags": True}, 3610),
        ({"mode": "webhook", "legacy_flags": True}, 40),
    ],
)
def test_it_follows_what_the_cluster_is_told(
    api: Client, prod: Cluster, fields: dict[str, object], seconds: int
) -> None:
    assert bound(api, prod, **fields) == seconds


def test_an_application_whose_tokens_live_longer_counts_where_the_audience_is_shared(
    api: Client, prod: Cluster, robo: Application
) -> None:
    Application.objects.filter(pk=robo.pk).update(access_token_seconds=7200)

    assert bound(api, prod, mode="oidc", accepts_shared_audience=True) == 7210
    assert bound(api, prod, mode="oidc", accepts_shared_audience=False) == 610


@pytest.mark.parametrize(
    ("page", "action"),
    [("accounts/user", "disable"), ("accounts/user", "sign_out_everywhere"), ("tokens/application", "disable")],
)
def test_it_is_said_before_somebody_is_disabled(
    ada: User, bob: User, robo: Application, prod: Cluster, browser_as: BrowserAs, page: str, action: str
) -> None:
    row = bob if page == "accounts/user" else robo

    asked = browser_as(ada).post(f"/admin/{page}/", {"action": action, "_selected_action": row.pk})

    assert "Cluster prod refuses earlier tokens after at most 40 s (it asks us)." in asked.content.decode()


@pytest.mark.parametrize("page", ["accounts/user", "accounts/group", "accounts/membership", "tokens/application"])
def test_it_is_said_before_something_is_deleted(
    ada: User, bob: User, researchers: Group, robo: Application, prod: Cluster, browser_as: BrowserAs, page: str
) -> None:
    rows = {"user": bob, "group": researchers, "membership": researchers.membership_set.get(), "application": robo}
    row, browser = rows[page.partition("/")[2]], browser_as(ada)

    singly = browser.get(f"/admin/{page}/{row.pk}/delete/").content.decode()
    chosen = {"action": "delete_selected", "_selected_action": row.pk}
    several = browser.post(f"/admin/{page}/", chosen).content.decode()

    assert "Cluster prod refuses earlier tokens after at most 40 s (it asks us)." in singly
    assert "Cluster prod refuses earlier tokens after at most 40 s (it asks us)." in several


def test_it_names_the_slowest_of_many(ada: User, bob: User, prod: Cluster, lab: Cluster, browser_as: BrowserAs) -> None:
    Cluster.objects.filter(pk=lab.pk).update(mode="oidc")

    answer = browser_as(ada).post("/admin/accounts/user/", {"action": "disable", "_selected_action": bob.pk})

    page = answer.content.decode()
    assert page.index("Cluster lab refuses earlier tokens after at most 10 min 10 s") < page.index("Cluster prod")
