"""What the charts render, taken by a real API server in a dry run that refuses unknown fields."""

from collections.abc import Iterator

import pytest

from tests.deploy.charts import (
    AGENT,
    CLUSTER,
    OF_THE_PLAIN_MANIFESTS,
    PLAIN,
    SERVER,
    URL,
    Manifest,
    documents,
    helm,
    render,
)
from tests.system.kubernetes import ADMIN_TOKEN, REAL, APIServer, since

# Unknown fields are refused since 1.25, and admission policies are there since 1.30.
pytestmark = [*REAL, since(1, 30)]

WITH_HELM = pytest.mark.skipif(helm() is None, reason="there is no helm: make operated")
EVERYTHING = (
    f"publicUrl={URL}",
    "replicas=3",
    "tlsSecret=identity-tls",
    "publicCaConfigMap=ca",
    "ingress.enabled=true",
    "ingress.className=nginx",
    "networkPolicy.enabled=true",
    "networkPolicy.to[0].ipBlock.cidr=10.0.0.0/8",
    "networkPolicy.from[0].podSelector.matchLabels.app=ingress",
    "trustedProxies={10.0.0.0/8,fd00::/8}",
    "environment.LOG_LEVEL=WARNING",
    "environment.REFRESH_DAYS=3",
    "imagePullSecrets[0].name=pull",
    "nodeSelector.disk=ssd",
    "tolerations[0].operator=Exists",
    "podAnnotations.a=b",
)


@pytest.fixture(scope="module")
def kubernetes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[APIServer]:
    server = APIServer(tmp_path_factory.mktemp("charts"))
    server.start([])
    for name in ("identity", "identity-agent"):
        server.ask(ADMIN_TOKEN, "/api/v1/namespaces", {"metadata": {"name": name}})
    yield server
    server.stop()


def test_the_plain_manifests(kubernetes: APIServer) -> None:
    assert refusals(kubernetes, documents(PLAIN.read_text()), "identity") == {}


@WITH_HELM
@pytest.mark.parametrize("values", [OF_THE_PLAIN_MANIFESTS, EVERYTHING], ids=["plain", "everything"])
def test_the_servers_chart(kubernetes: APIServer, values: tuple[str, ...]) -> None:
    assert refusals(kubernetes, documents(render(SERVER, *values)), "identity") == {}


@WITH_HELM
def test_the_agents_chart(kubernetes: APIServer) -> None:
    rendered = render(AGENT, f"url={URL}", f"cluster={CLUSTER}", namespace="identity-agent")

    assert refusals(kubernetes, documents(rendered), "identity-agent") == {}


def refusals(server: APIServer, manifests: list[Manifest], namespace: str) -> dict[str, str]:
    """By kind and name, of those that it would not take."""
    resources = {**resources_of(server, "/api/v1")}
    for version in {one["apiVersion"] for one in manifests} - {"v1"}:
        resources |= resources_of(server, f"/apis/{version}")
    found = {}
    for one in manifests:
        root, plural, namespaced = resources[one["apiVersion"], one["kind"]]
        path = f"{root}/namespaces/{namespace}/{plural}" if namespaced else f"{root}/{plural}"
        answer = server.ask(ADMIN_TOKEN, f"{path}?dryRun=All&fieldValidation=Strict", one)
        if answer.status_code != 201:
            found[f"{one['kind']} {one['metadata']['name']}"] = answer.text
    return found


def resources_of(server: APIServer, root: str) -> dict[tuple[str, str], tuple[str, str, bool]]:
    listed = server.ask(ADMIN_TOKEN, root).json()
    return {
        (listed["groupVersion"], one["kind"]): (root, one["name"], one["namespaced"])
        for one in listed["resources"]
        if "/" not in one["name"]
    }
