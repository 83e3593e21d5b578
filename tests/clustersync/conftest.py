from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from access.models import ScopeType
from accounts.models import Group, User
from clustersync.models import Cluster
from tests import cast
from tests.keys import plant_keys
from tokens import keyring

Review = Callable[..., dict[str, Any]]
TokenFor = Callable[..., str]


@pytest.fixture
def keys(db: None) -> Iterator[None]:
    plant_keys()
    yield
    keyring.forget()


@pytest.fixture
def token_for(keys: None) -> TokenFor:
    """Get a token as people's scripts do; without an audience for the control plane."""

    def ask(user: User, audience: str = "") -> str:
        body = {
            "grantType": "password",
            "username": user.email,
            "password": cast.PASSWORD,
            "audience": audience or None,
        }
        answer = Client().post("/api/v1/token", body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return str(answer.json()["accessToken"])

    return ask


@pytest.fixture
def review(prod: Cluster) -> Review:
    """Have a token reviewed as prod's API server would; answers the status."""

    def ask(token: str, audiences: list[str] | None = None) -> dict[str, Any]:
        answer = post_review(prod, cast.PROD_WEBHOOK_TOKEN, review_body(token, audiences))
        assert answer.status_code == 200, answer.content
        assert token not in answer.content.decode()
        status: dict[str, Any] = answer.json()["status"]
        return status

    return ask


def review_body(token: str, audiences: list[str] | None = None) -> dict[str, Any]:
    spec: dict[str, Any] = {"token": token}
    if audiences is not None:
        spec["audiences"] = audiences
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": spec}


def post_review(cluster: Cluster, credential: str, body: object) -> Any:
    headers = {"Authorization": f"Bearer {credential}"} if credential else {}
    path = f"/api/v1/clusters/{cluster.pk}/tokenreview?timeout=30s"
    return Client().post(path, body, content_type="application/json", headers=headers)


@pytest.fixture
def researcher(bob: User, researchers: Group) -> User:
    """Bob, who reaches prod by a group."""
    return bob


@pytest.fixture
def lab(tree: cast.Tree) -> Cluster:
    """Another cluster, beside prod."""
    scope = cast.node(ScopeType.CLUSTER, "c0000000-0000-4000-8000-000000000002", "lab", tree.tenant)
    return cast.cluster(scope, "lab-webhook-token")
