"""The charts of deploy/charts: what stands in their files, and what Helm makes of them where it is there."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.start.test_make_run import ROOT

CHARTS = ROOT / "deploy/charts"
SERVER, AGENT = CHARTS / "runai-identity", CHARTS / "identity-agent"
PLAIN = ROOT / "deploy/kubernetes/runai-identity.yaml"

URL = "https://identity.example.com"
CLUSTER = "b0000000-0000-4000-8000-000000000001"
OF_THE_PLAIN_MANIFESTS = ("publicUrl=" + URL, "ingress.enabled=true", "ingress.tlsSecret=identity-tls")

Manifest = dict[str, Any]


def helm() -> str | None:
    """The program that scripts/install-helm built, or the one on PATH; None without either."""
    return shutil.which("helm", path=f"{ROOT / '.venv/helm'}{os.pathsep}{os.environ['PATH']}")


def render(chart: Path, *values: str, namespace: str = "identity", name: str = "identity") -> str:
    """By `helm template`; CalledProcessError with Helm's own words where it refuses."""
    sets = [word for value in values for word in ("--set", value)]
    command = ["template", name, str(chart), "--kube-version", "1.31", "--namespace", namespace, *sets]
    return subprocess.run([helm() or "helm", *command], check=True, capture_output=True, text=True).stdout


def documents(text: str) -> list[Manifest]:
    return [one for one in yaml.safe_load_all(text) if one]


def values_of(chart: Path) -> Manifest:
    return dict(yaml.safe_load((chart / "values.yaml").read_text()))


def schema_of(chart: Path) -> Manifest:
    return dict(json.loads((chart / "values.schema.json").read_text()))
