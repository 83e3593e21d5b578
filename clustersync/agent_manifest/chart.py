"""The agent's manifests as templates of a Helm chart (deploy/charts/identity-agent). Pure.

`python -m clustersync.agent_manifest.chart` writes them. A test compares what the chart renders with what the server
gives for a cluster, so that neither says what the other doesn't.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import yaml

from clustersync.agent_manifest import Agent, manifests
from clustersync.agent_manifest.deployment import NAMESPACE, Program
from clustersync.rbac.desired import Manifest

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "deploy/charts/identity-agent/templates"

# What stands in a manifest for a value, and the value. YAML quotes what begins with @, and the chart's schema keeps out
# whatever would end a quoted text in YAML or CEL.
PLACES: Final = {
    "@URL@": "{{ .Values.url }}",
    "@CLUSTER@": "{{ .Values.cluster }}",
    "@IMAGE@": "{{ .Values.image }}",
    "@USERNAME-PREFIX@": "{{ .Values.usernamePrefix }}",
    "@GROUPS-PREFIX@": "{{ .Values.groupsPrefix }}",
    "@CA@": "{{ .Values.ca | trim | nindent 4 }}",
}
PROGRAM: Final = Program(
    url="@URL@",
    cluster="@CLUSTER@",
    image="@IMAGE@",
    username_prefix="@USERNAME-PREFIX@",
    groups_prefix="@GROUPS-PREFIX@",
)
GENERATED: Final = "# Written by python -m clustersync.agent_manifest.chart\n"


def templates() -> dict[str, str]:
    """Text by the name of its file. The Namespace is the release's own."""
    plain = [one for one in manifests(Agent(PROGRAM)) if one["kind"] not in ("Namespace", "Deployment")]
    trusting = manifests(Agent(_trusting(PROGRAM)))
    return {
        "agent.yaml": GENERATED + _written(plain),
        "deployment.yaml": (
            f"{GENERATED}{{{{- if .Values.ca }}}}\n{_written(_of(trusting, 'ConfigMap', 'Deployment'))}"
            f"{{{{- else }}}}\n{_written(_of(manifests(Agent(PROGRAM)), 'Deployment'))}{{{{- end }}}}\n"
        ),
        "namespace.yaml": (
            f'{GENERATED}{{{{- if ne .Release.Namespace "{NAMESPACE}" }}}}\n'
            f'{{{{- fail "The admission policy names the namespace {NAMESPACE}: '
            f'helm install … --namespace {NAMESPACE} --create-namespace" }}}}\n{{{{- end }}}}\n'
        ),
    }


def _trusting(program: Program) -> Program:
    return Program(**{**vars(program), "ca": "@CA@"})


def _of(every: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    return [one for one in every if one["kind"] in kinds]


def _written(every: Iterable[Manifest]) -> str:
    text = "".join(f"---\n{yaml.safe_dump(one, sort_keys=False, width=1000)}" for one in every)
    text = text.replace("ca.crt: '@CA@'", "ca.crt: |@CA@")
    for place, value in PLACES.items():
        text = text.replace(place, value)
    return text


if __name__ == "__main__":
    for name, text in templates().items():
        (TEMPLATES / name).write_text(text)
    sys.stdout.write(f"Wrote {len(templates())} templates.\n")
