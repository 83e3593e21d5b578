from collections.abc import Iterator
from typing import Any

import yaml

from clustersync.apiserver.arguments import File, arguments, files
from clustersync.apiserver.authentication_configuration import authentication_configuration
from clustersync.apiserver.distributions.snippet import Snippet, as_yaml, sentences
from clustersync.apiserver.facts import AuthenticationForm, ClusterFacts

FOLDER = "/var/runai-identity"  # Talos writes files nowhere else
RESTARTS = "talosctl patch machineconfig --patch @<this file>, on one control plane node after the other."
READABLE = "kube-apiserver runs there as 65534, which has to be able to read them; nobody else is on the machine."
# What Talos has there by default. The document replaces it, and its probes are anonymous.
PROBES = [{"path": path} for path in ("/livez", "/readyz", "/healthz")]


def talos(facts: ClusterFacts, form: AuthenticationForm, token: str) -> Iterator[Snippet]:
    yield Snippet(
        name="talos",
        distribution="Talos",
        title="Talos until 1.13",
        path="a patch of the machine configuration",
        text=_patch(facts, form, files(facts, form, token=token, folder=FOLDER)),
        restarts=RESTARTS,
        note=sentences("The files are in it.", READABLE),
    )
    if facts.verifies_by_itself:
        yield Snippet(
            name="talos-1.14",
            distribution="Talos",
            title="Talos 1.14 and newer",
            path="a document of the machine configuration",
            text=_document(facts),
            restarts=RESTARTS,
            note="It refuses --oidc- flags and --authentication-config, and has this in their place. Its documents have"
            " no way yet to give kube-apiserver a webhook's file (siderolabs/talos#14394): by itself only.",
        )


def _patch(facts: ClusterFacts, form: AuthenticationForm, beside: list[File]) -> str:
    written = [{"path": file.path, "permissions": 0o444, "op": "create", "content": file.text} for file in beside]
    api: dict[str, Any] = {
        "extraArgs": dict(arguments(facts, form, folder=FOLDER)),
        "extraVolumes": [{"hostPath": FOLDER, "mountPath": FOLDER, "readonly": True}],
    }
    text = as_yaml({"machine": {"files": written}, "cluster": {"apiServer": api}})
    return text.replace(f"permissions: {0o444}", "permissions: 0o444")


def _document(facts: ClusterFacts) -> str:
    configuration = yaml.safe_load(authentication_configuration(facts, "v1beta1"))
    configuration["anonymous"] = {"enabled": True, "conditions": PROBES}
    return as_yaml({"apiVersion": "v1alpha1", "kind": "KubeAuthenticationConfig", "configuration": configuration})
