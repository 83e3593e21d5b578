"""Asking for opaque tokens as people's scripts do."""

from typing import Any

from rest_framework.test import APIClient

from clustersync.models import Cluster

MINE = "/api/v1/me/cluster-tokens"


def showing(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


def make(client: APIClient, cluster: Cluster, **more: object) -> Any:
    return client.post(MINE, {"clusterId": cluster.pk, "name": "nightly job", **more}, format="json")


def made(client: APIClient, cluster: Cluster, **more: object) -> dict[str, Any]:
    answer = make(client, cluster, **more)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())
