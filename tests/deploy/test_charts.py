"""The charts and the plain manifests; tests/system/test_charts.py shows them to a real API server."""

import re
import subprocess
from typing import Any

import pytest

from clustersync.agent_manifest import Agent, chart, manifests
from clustersync.agent_manifest.deployment import Program
from tests.deploy.charts import (
    AGENT,
    CLUSTER,
    OF_THE_PLAIN_MANIFESTS,
    PLAIN,
    SERVER,
    URL,
    documents,
    helm,
    render,
    schema_of,
    values_of,
)

WITH_HELM = pytest.mark.skipif(helm() is None, reason="there is no helm: make operated")
CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def test_the_agents_chart_is_what_the_server_would_give_today() -> None:
    written = {file.name: file.read_text() for file in (AGENT / "templates").iterdir()}

    assert written == chart.templates()


@pytest.mark.parametrize("ca", ["", CA], ids=["public CA", "own CA"])
def test_filled_in_it_is_the_manifest_of_the_clusters_page(ca: str) -> None:
    program = Program(url=URL, cluster=CLUSTER, image="r/i:1", username_prefix="u:", groups_prefix="g:", ca=ca)
    values = {"url": URL, "cluster": CLUSTER, "image": "r/i:1", "usernamePrefix": "u:", "groupsPrefix": "g:"}
    plain, of_deployment = (chart.templates()[name] for name in ("agent.yaml", "deployment.yaml"))
    with_ca, without = re.split(r"\{\{- else \}\}", of_deployment)
    text = f"{plain}---\n{with_ca if ca else without}"
    for name, value in values.items():
        text = text.replace(f"{{{{ .Values.{name} }}}}", value)
    indented = "".join(f"\n    {line}" for line in ca.strip().splitlines())
    text = text.replace("{{ .Values.ca | trim | nindent 4 }}", indented)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("{{"))

    of_the_server = {named(one): trimmed(one) for one in manifests(Agent(program)) if one["kind"] != "Namespace"}
    assert {named(one): trimmed(one) for one in documents(text)} == of_the_server


def named(manifest: dict[str, Any]) -> tuple[str, str]:
    return manifest["kind"], manifest["metadata"]["name"]


def trimmed(manifest: dict[str, Any]) -> dict[str, Any]:
    if manifest["kind"] != "ConfigMap":
        return manifest
    return {**manifest, "data": {name: text.strip() for name, text in manifest["data"].items()}}


@pytest.mark.parametrize("chart_", [SERVER, AGENT], ids=["server", "agent"])
def test_each_value_is_in_the_schema(chart_: Any) -> None:
    assert values_of(chart_).keys() == schema_of(chart_)["properties"].keys() - {"global"}


@pytest.mark.parametrize("bad", ["a'b", 'a"b', "a\nb", "a\\b", "{{ x }}", "a b", "", "-a"])
@pytest.mark.parametrize("name", ["url", "cluster", "image", "usernamePrefix", "groupsPrefix"])
def test_no_value_of_the_agent_can_end_a_quoted_text(name: str, bad: str) -> None:
    pattern = schema_of(AGENT)["properties"][name]["pattern"]

    assert not re.search(pattern, bad)


def test_the_pods_of_the_server_run_without_any_right() -> None:
    (deployment,) = [one for one in documents(PLAIN.read_text()) if one["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    written = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert written == {"/data", "/tmp"}  # noqa: S108  a path in the pod
    assert not [one for one in container["env"] if "PASSWORD" in one["name"] and not one["name"].endswith("_FILE")]


@WITH_HELM
def test_the_plain_manifests_are_what_the_chart_renders() -> None:
    assert documents(PLAIN.read_text()) == documents(render(SERVER, *OF_THE_PLAIN_MANIFESTS))


@WITH_HELM
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((), "Say by which address"),
        (("publicUrl=identity.example.com",), "publicUrl"),
        ((f"publicUrl={URL}/path",), "publicUrl"),
        ((f"publicUrl={URL}", "replicas=0"), "replicas"),
        ((f"publicUrl={URL}", "secrets.keys="), "keys"),
        ((f"publicUrl={URL}", "replica=3"), "replica"),
    ],
)
def test_helm_refuses_what_could_not_run(values: tuple[str, ...], words: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        render(SERVER, *values)

    assert words in refused.value.stderr


@WITH_HELM
def test_the_agent_is_refused_in_another_namespace() -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        render(AGENT, f"url={URL}", f"cluster={CLUSTER}", namespace="default")

    assert "identity-agent" in refused.value.stderr
