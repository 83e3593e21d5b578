"""A cluster is told, by tokens and by reviews alike, of the groups that matter there."""

from datetime import timedelta
from typing import Any

import jwt as pyjwt
import pytest

from accounts.models import User
from clustersync.models import Cluster
from tests import cast
from tests.clustersync.conftest import Review, TokenFor
from tokens.models import Application
from tokens.services.issue import issue_to_application


def said_in(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = pyjwt.decode(token, options={"verify_signature": False})
    return claims


def lives(token: str) -> int:
    claims = said_in(token)
    return int(claims["exp"] - claims["iat"])


def bare(groups: list[str]) -> list[str]:
    return [group.removeprefix("runai:") for group in groups]


@pytest.mark.parametrize(
    ("extra_groups", "told"),
    [
        ([], ["researchers"]),
        (["dancers"], ["dancers", "researchers"]),
        (["dancers", "singers", "researchers"], ["dancers", "researchers"]),
    ],
)
def test_it_tells_of_groups_that_a_rule_names_or_the_cluster_lists(
    review: Review, token_for: TokenFor, researcher: User, prod: Cluster, extra_groups: list[str], told: list[str]
) -> None:
    cast.make_group("dancers", researcher)
    cast.make_group("singers")
    Cluster.objects.update(extra_groups=extra_groups)

    token = token_for(researcher, prod.audience)

    assert said_in(token)["groups"] == told
    assert bare(review(token)["user"]["groups"]) == told


def test_an_extra_group_alone_lets_nobody_in(review: Review, token_for: TokenFor, charlie: User, prod: Cluster) -> None:
    cast.make_group("dancers", charlie)
    rule = cast.rule("user", charlie.email, "Viewer", prod.scope)
    Cluster.objects.update(extra_groups=["dancers"])
    token = token_for(charlie, prod.audience)

    rule.delete()

    assert review(token)["error"] == "no access rule gives its owner anything in this cluster"


def test_with_the_shared_audience_too_a_token_says_the_groups_of_its_cluster(
    review: Review, token_for: TokenFor, researcher: User, prod: Cluster
) -> None:
    cast.make_group("dancers", researcher)
    Cluster.objects.update(accepts_shared_audience=True)
    token = token_for(researcher, prod.audience)

    assert said_in(token)["groups"] == bare(review(token)["user"]["groups"]) == ["researchers"]


def test_it_never_tells_of_a_group_that_kubernetes_keeps_for_itself(
    review: Review, token_for: TokenFor, researcher: User, prod: Cluster, tree: cast.Tree
) -> None:
    cast.make_group("system:masters", researcher)
    cast.rule("group", "system:masters", "L1 researcher", tree.faces)
    Cluster.objects.update(groups_prefix="")

    token = token_for(researcher, prod.audience)

    assert said_in(token)["groups"] == review(token)["user"]["groups"] == ["researchers"]


def test_with_the_platforms_flags_people_are_their_id_and_in_no_groups(
    review: Review, token_for: TokenFor, researcher: User, prod: Cluster
) -> None:
    Cluster.objects.update(legacy_flags=True)
    token = token_for(researcher, prod.audience)

    user = review(token, audiences=["runai"])["user"]

    assert (user["username"], user["groups"]) == (said_in(token)["sub"], [])


def test_with_the_platforms_flags_an_application_is_a_service_account(
    review: Review, robo: Application, prod: Cluster, keys: None
) -> None:
    Cluster.objects.update(legacy_flags=True)
    token = issue_to_application(application=robo, audience=prod.audience).access_token

    assert review(token)["user"]["username"] == said_in(token)["sub"] == "service-account-robo"


@pytest.mark.parametrize(("seconds", "lifetime"), [(None, 600), (120, 120), (3600, 3600)])
def test_tokens_live_as_long_as_the_cluster_says(
    token_for: TokenFor, alice: User, prod: Cluster, seconds: int | None, lifetime: int
) -> None:
    Cluster.objects.update(token_seconds=seconds)

    assert lives(token_for(alice, prod.audience)) == lifetime
    assert lives(token_for(alice)) == 3600


def test_a_clusters_long_life_prolongs_no_application_that_has_a_shorter_one(
    robo: Application, prod: Cluster, keys: None
) -> None:
    Cluster.objects.update(token_seconds=3600)
    robo.access_token_seconds = 60

    issued = issue_to_application(application=robo, audience=prod.audience)

    assert (lives(issued.access_token), timedelta(seconds=issued.expires_in)) == (60, timedelta(minutes=1))
