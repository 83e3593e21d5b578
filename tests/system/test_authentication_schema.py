"""The rules by which tests validate an AuthenticationConfiguration, held against a real kube-apiserver."""

import copy
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from clustersync.apiserver import authentication_configuration
from tests.clustersync.authentication_schema import violations
from tests.clustersync.broken_configurations import BROKEN
from tests.clustersync.facts import EVERY_KIND, FACTS
from tests.ports import free_port
from tests.system.kubernetes import ASSETS, REAL, since, version, write_certificate

pytestmark = [*REAL, since(1, 34)]

REFUSALS = ("authentication configuration", "strict decoding")


def what_it_says_of(config: Any, folder: Path) -> str:
    """How it ends: it reads its configuration before anything else, and then finds no etcd."""
    crt, key = write_certificate(folder)
    (folder / "authentication.yaml").write_text(yaml.safe_dump(config))
    flags = [
        "--etcd-servers=http://127.0.0.1:1",
        f"--secure-port={free_port()}",
        "--bind-address=127.0.0.1",
        f"--cert-dir={folder}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        f"--tls-cert-file={crt}",
        f"--tls-private-key-file={key}",
        f"--authentication-config={folder / 'authentication.yaml'}",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([ASSETS / "kube-apiserver", *flags], stdout=log, stderr=log)
        try:
            process.wait(timeout=8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return (folder / "log").read_text()


@pytest.mark.parametrize("name", BROKEN)
def test_the_real_one_refuses_what_the_rules_refuse(name: str, tmp_path: Path) -> None:
    config = yaml.safe_load(authentication_configuration(FACTS, "v1"))
    change, _ = BROKEN[name]
    broken = copy.deepcopy(config)
    change(broken)

    said = what_it_says_of(broken, tmp_path)

    assert violations(broken, version())
    assert "command failed" in said
    assert any(words in said for words in REFUSALS)


@pytest.mark.parametrize("name", ["plain", "sharing", "legacy", "by id"])
@pytest.mark.parametrize("group_version", ["v1", "v1beta1"])
def test_the_real_one_takes_what_the_rules_take(name: str, group_version: str, tmp_path: Path) -> None:
    config = yaml.safe_load(authentication_configuration(EVERY_KIND[name], group_version))

    said = what_it_says_of(config, tmp_path)

    assert violations(config, version()) == []
    assert not [words for words in REFUSALS if words in said]
    assert "127.0.0.1:1" in said
