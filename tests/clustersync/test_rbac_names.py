"""Whom a binding names is whom TokenReview says: otherwise nobody would have what the roles give."""

from typing import Any

import pytest

from accounts.models import User
from clustersync.models import Cluster, UsernameClaim
from clustersync.services.rbac import desired_rbac
from tests import cast
from tests.clustersync.conftest import Review, TokenFor
from tokens.models import Application
from tokens.services.issue import issue_to_application

HOWS: tuple[dict[str, Any], ...] = (
    {},
    {"username_claim": UsernameClaim.SUB},
    {"username_prefix": "corp/", "groups_prefix": "team:"},
    {"legacy_flags": True},
)
EVERY_WAY = pytest.mark.parametrize("how", HOWS, ids=["names", "ids", "other prefixes", "existing flags"])


def configured(cluster: Cluster, how: dict[str, Any]) -> None:
    for field, value in how.items():
        setattr(cluster, field, value)
    cluster.save()


def bound(cluster: Cluster, kind: str, role: str) -> set[str]:
    return {
        subject["name"]
        for manifest in desired_rbac(cluster).objects
        for subject in manifest.get("subjects", ())
        if subject["kind"] == kind and manifest["metadata"]["name"] == role
    }


@EVERY_WAY
def test_a_user_is_bound_by_the_name_of_the_token(
    alice: User, prod: Cluster, review: Review, token_for: TokenFor, how: dict[str, Any]
) -> None:
    configured(prod, how)

    user = review(token_for(alice, prod.audience))["user"]

    assert bound(prod, "User", "runai-editor-ns") == {user["username"]}


@EVERY_WAY
def test_an_application_is_bound_by_the_name_of_the_token(
    robo: Application, prod: Cluster, review: Review, keys: None, how: dict[str, Any]
) -> None:
    configured(prod, how)

    user = review(issue_to_application(application=robo, audience=prod.audience).access_token)["user"]

    assert bound(prod, "User", "runai-viewer-ns") == {user["username"]}


@EVERY_WAY
def test_groups_are_bound_by_the_names_of_the_token(
    researcher: User, prod: Cluster, review: Review, token_for: TokenFor, how: dict[str, Any]
) -> None:
    configured(prod, how)
    cast.make_group("dancers", researcher)

    user = review(token_for(researcher, prod.audience))["user"]

    assert bound(prod, "Group", "runai-l1-researcher-ns") == set(user["groups"])
