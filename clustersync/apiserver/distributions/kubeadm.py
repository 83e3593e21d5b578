from collections.abc import Iterator
from typing import Any

from clustersync.apiserver.arguments import arguments, files
from clustersync.apiserver.distributions.snippet import Snippet, as_yaml
from clustersync.apiserver.facts import FOLDER, AuthenticationForm, ClusterFacts
from common.wording import Wording

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
RESTARTS = (
    "On each control plane node in turn: kubeadm init phase control-plane apiserver --config <this file>. It writes"
    " the static pod's manifest anew, and the kubelet restarts kube-apiserver."
)
STAYS = (
    "Upload it too, or the next kubeadm upgrade forgets it: kubeadm init phase upload-config kubeadm --config <file>."
)
MOUNT = {"name": "runai-identity", "mountPath": FOLDER, "readOnly": True}


def kubeadm(facts: ClusterFacts, form: AuthenticationForm, token: str) -> Iterator[Snippet]:
    beside = files(facts, form, token=token)
    asked = arguments(facts, form)
    yield Snippet(
        name="kubeadm-v1beta4",
        distribution="kubeadm",
        title="kubeadm 1.31 and newer",
        path="kubeadm's ClusterConfiguration",
        text=_configuration("v1beta4", [{"name": name, "value": value} for name, value in asked]),
        restarts=RESTARTS,
        note=STAYS,
        files=beside,
    )
    yield Snippet(
        name="kubeadm-v1beta3",
        distribution="kubeadm",
        title="kubeadm 1.22 to 1.30",
        path="kubeadm's ClusterConfiguration",
        text=_configuration("v1beta3", dict(asked)),
        restarts=RESTARTS,
        note=STAYS,
        files=beside,
    )
    yield Snippet(
        name="kubeadm-manifest",
        distribution="kubeadm",
        title="The static pod's manifest by hand",
        path=Wording("{file} on each control plane node", file=MANIFEST),
        text=_manifest([f"--{name}={value}" for name, value in asked]),
        restarts="The kubelet restarts kube-apiserver as soon as the file is written.",
        note="Add these lines to those that are there. kubeadm upgrade writes the manifest anew, without them.",
        files=beside,
    )


def _configuration(version: str, extra_args: Any) -> str:
    volume = {"name": MOUNT["name"], "hostPath": FOLDER, "mountPath": FOLDER, "readOnly": True, "pathType": "Directory"}
    return as_yaml(
        {
            "apiVersion": f"kubeadm.k8s.io/{version}",
            "kind": "ClusterConfiguration",
            "apiServer": {"extraArgs": extra_args, "extraVolumes": [volume]},
        },
        above="Merge apiServer into yours: kubectl -n kube-system get configmap kubeadm-config -o yaml shows it.",
    )


def _manifest(flags: list[str]) -> str:
    volume = {"name": MOUNT["name"], "hostPath": {"path": FOLDER, "type": "Directory"}}
    container = {"command": ["kube-apiserver", *flags], "volumeMounts": [dict(MOUNT)]}
    return as_yaml({"spec": {"containers": [container], "volumes": [volume]}})
