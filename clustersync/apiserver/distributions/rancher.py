"""k3s, RKE2 and RKE1. Rancher's authorized cluster endpoint sets a webhook of its own, and there is room for one."""

from collections.abc import Iterator
from typing import Any

from clustersync.apiserver.arguments import arguments, files
from clustersync.apiserver.distributions.snippet import Snippet, as_yaml
from clustersync.apiserver.facts import FOLDER, AuthenticationForm, ClusterFacts
from common.wording import Wording

ONE_WEBHOOK = (
    "A cluster made by Rancher whose authorized cluster endpoint is enabled has a webhook already, and kube-apiserver"
    " takes one: disable that endpoint there, or choose the mode “by itself”."
)
APPENDED = "The + appends to what other files of the folder say, where the name alone would replace it."


def k3s(facts: ClusterFacts, form: AuthenticationForm, token: str) -> Iterator[Snippet]:
    folder = "/etc/rancher/k3s/runai-identity"
    yield Snippet(
        name="k3s",
        distribution="k3s",
        title="k3s",
        path=Wording("{file} on each server", file="/etc/rancher/k3s/config.yaml.d/runai-identity.yaml"),
        text=as_yaml({"kube-apiserver-arg+": _plain(facts, form, folder)}, above=APPENDED),
        restarts="systemctl restart k3s, on one server after the other.",
        note=_note(facts),
        files=files(facts, form, token=token, folder=folder),
    )


def rke2(facts: ClusterFacts, form: AuthenticationForm, token: str) -> Iterator[Snippet]:
    folder = "/etc/rancher/rke2/runai-identity"
    said = {
        "kube-apiserver-arg+": _plain(facts, form, folder),
        # Its kube-apiserver is a pod, and sees no folder that it isn't given.
        "kube-apiserver-extra-mount+": [f"{folder}:{folder}:ro"],
    }
    yield Snippet(
        name="rke2",
        distribution="RKE2",
        title="RKE2",
        path=Wording("{file} on each server", file="/etc/rancher/rke2/config.yaml.d/runai-identity.yaml"),
        text=as_yaml(said, above=APPENDED),
        restarts="systemctl restart rke2-server, on one server after the other.",
        note=_note(facts),
        files=files(facts, form, token=token, folder=folder),
    )


def rke1(facts: ClusterFacts, form: AuthenticationForm, token: str) -> Iterator[Snippet]:
    api: dict[str, Any] = {
        "extra_args": dict(arguments(facts, form)),
        "extra_binds": [f"{FOLDER}:{FOLDER}:ro"],
    }
    yield Snippet(
        name="rke1",
        distribution="RKE1",
        title="RKE1",
        path="cluster.yml",
        text=as_yaml({"services": {"kube-api": api}}),
        restarts="rke up restarts kube-apiserver on each control plane node in turn.",
        note=_note(facts),
        files=files(facts, form, token=token),
    )


def _plain(facts: ClusterFacts, form: AuthenticationForm, folder: str) -> list[str]:
    return [f"{name}={value}" for name, value in arguments(facts, form, folder=folder)]


def _note(facts: ClusterFacts) -> str:
    return ONE_WEBHOOK if facts.asks_us else ""
