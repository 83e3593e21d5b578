"""Administrators read how large people's tokens get, before headers break."""

import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Group, User
from clustersync.models import Cluster, Mode
from clustersync.services.budget import in_clusters, largest_in
from tests import cast
from tests.clustersync.conftest import TokenFor
from tests.conftest import BrowserAs


def words(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", page)).split())


def join(user: User, many: int, tree: cast.Tree, prefix: str = "team") -> None:
    for number in range(many):
        group = Group.objects.filter(name=f"{prefix}-{number}").first() or cast.make_group(f"{prefix}-{number}")
        if not group.members.exists():
            cast.rule("group", group.name, "L1 researcher", tree.faces)
        group.members.add(user)


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def user_page(admin: Client, user: User) -> str:
    return words(admin.get(f"/admin/accounts/user/{user.pk}/clusters/").content.decode())


def test_the_prediction_is_what_a_token_has(researcher: User, prod: Cluster, ada: User, token_for: TokenFor) -> None:
    (predicted,) = in_clusters(researcher, reader=ada)

    # The token API's client has a name that is six letters shorter, and stands there twice.
    assert predicted.bytes == len(token_for(researcher, prod.audience)) + 16
    assert (predicted.cluster, predicted.groups, predicted.in_words) == (prod, ["researchers"], "")


def test_the_page_of_a_user_says_it_for_each_cluster(
    admin: Client, researcher: User, prod: Cluster, lab: Cluster
) -> None:
    page = user_page(admin, researcher)

    assert re.search(r"In the clusters .* prod researchers \d{3,4} bytes", page)
    assert "lab" not in page


@pytest.mark.parametrize(
    ("many", "mode", "told"),
    [
        (1, Mode.WEBHOOK, ""),
        (99, Mode.WEBHOOK, ""),
        (101, Mode.WEBHOOK, "The cluster asks us, and is told of all of them."),
        (101, Mode.OIDC, "access by those left out does not work there"),
        (101, Mode.BOTH, "access by those left out does not work there"),
    ],
)
def test_it_warns_in_words(
    ada: User, bob: User, prod: Cluster, tree: cast.Tree, many: int, mode: Mode, told: str
) -> None:
    join(bob, many, tree)
    Cluster.objects.update(mode=mode)

    (predicted,) = in_clusters(bob, reader=ada)

    assert told in predicted.in_words
    assert bool(predicted.in_words) is bool(told)


def test_it_warns_before_the_budget_is_reached(ada: User, bob: User, prod: Cluster, tree: cast.Tree) -> None:
    join(bob, 60, tree, prefix="a-group-with-a-long-name")

    (predicted,) = in_clusters(bob, reader=ada)

    assert 3072 <= predicted.bytes <= 4096
    assert "with more groups it names not all of them" in predicted.in_words


def test_a_user_without_access_has_no_such_section(admin: Client, charlie: User, prod: Cluster) -> None:
    assert "In the clusters" not in user_page(admin, charlie)


def test_who_sees_no_cluster_is_told_of_none(vera: User, researcher: User, lab: Cluster, prod: Cluster) -> None:
    cast.rule("group", "researchers", "L1 researcher", lab.scope)

    assert lab not in [predicted.cluster for predicted in in_clusters(researcher, reader=vera)]


def test_the_largest_come_first(alice: User, bob: User, charlie: User, prod: Cluster, tree: cast.Tree) -> None:
    join(alice, 1, tree)
    join(bob, 3, tree)
    cast.make_group("dancers", charlie, bob)
    Cluster.objects.update(extra_groups=["dancers"])
    prod.refresh_from_db()

    largest = largest_in(prod)

    assert [(one.user, len(one.groups)) for one in largest] == [(bob, 4), (alice, 1)]


def test_groups_of_other_clusters_do_not_count(bob: User, prod: Cluster, lab: Cluster, tree: cast.Tree) -> None:
    cast.make_group("elsewhere", bob)
    cast.rule("group", "elsewhere", "L1 researcher", lab.scope)

    assert largest_in(prod) == []


def test_neither_asks_more_of_the_database_with_more_people(
    ada: User, bob: User, alice: User, prod: Cluster, tree: cast.Tree, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(7):
        join(cast.person(f"person-{number}"), 8, tree)
    join(bob, 5, tree)

    with django_assert_num_queries(4):
        assert len(largest_in(prod)) == 5
    with django_assert_num_queries(8):
        in_clusters(bob, reader=ada)


def test_the_clusters_page_names_the_largest_for_who_may_know(
    ada: User, charlie: User, bob: User, researchers: Group, prod: Cluster, tree: cast.Tree, browser_as: BrowserAs
) -> None:
    cast.rule("user", charlie.email, "Viewer", tree.prod)
    page, browser = f"/admin/clustersync/cluster/{prod.pk}", browser_as(ada)

    told = browser.get(f"{page}/access/").content.decode()
    untold = browser_as(charlie).get(f"{page}/access/", follow=True).content.decode()

    assert "The largest tokens" in told and bob.email in told
    assert "The largest tokens" not in untold and bob.email not in untold
    assert "40 s" in browser.get(f"{page}/change/").content.decode()
