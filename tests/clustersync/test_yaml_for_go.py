"""What we write as YAML is to Go's parser what it was to us: texts that look like numbers or booleans included."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from runai_identity_cli import kubeconfig_file

from clustersync.kubeconfigs import KubeconfigForm, KubeconfigOwner, kubeconfig
from clustersync.yaml_for_go import as_documents, as_yaml
from tests.clustersync.facts import FACTS
from tests.system.kubernetes import ASSETS

real = pytest.mark.skipif(not (ASSETS / "kubectl").exists(), reason="there is no kubectl: make clusters")
# Each a name that a cluster, a project or a group may have, and something else in YAML 1.1 or 1.2.
NAMES = [
    *("1e3", "12e05", "1E3", ".5", ".5e3", "+1e3", "-1e3", "1.", "1.e5", ".inf", "-.INF", ".nan"),
    *("0o17", "0x1f", "0b1", "017", "08", "123", "1_000", "1-1", "12:30:45", "190:20:30"),
    *("y", "Y", "n", "N", "yes", "no", "on", "off", "Off", "true", "FALSE", "null", "Null", "~"),
    *("2001-01-01", "2001-01-01T00:00:00Z", "e", "1e", "0x", "0o8", "="),
]


def named(*names: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": names[0],
        "clusters": [{"name": name, "cluster": {"server": "https://example.com"}} for name in names],
        "users": [{"name": name, "user": {"token": name, "username": name}} for name in names],
        "contexts": [
            {"name": name, "context": dict.fromkeys(("cluster", "user", "namespace"), name)} for name in names
        ],
    }


def read_by_kubectl(file: Path) -> dict[str, Any] | None:
    """None where it is no kubeconfig to kubectl."""
    command = [str(ASSETS / "kubectl"), "config", "view", "--raw", "-o", "json", "--kubeconfig", str(file)]
    answer = subprocess.run(command, capture_output=True, check=False, timeout=30)
    return json.loads(answer.stdout) if answer.returncode == 0 else None


@real
def test_kubectl_reads_the_names_that_were_written(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.write_text(as_yaml(named(*NAMES)))
    kubeconfig_file.write(str(theirs), named(*NAMES))

    for file in (ours, theirs):
        read = read_by_kubectl(file)
        assert read is not None
        assert {one["name"]: one["user"]["token"] for one in read["users"]} == {name: name for name in NAMES}
        assert {one["name"]: one["context"]["namespace"] for one in read["contexts"]} == {name: name for name in NAMES}


@real
@pytest.mark.slow
@pytest.mark.parametrize("written", ["{}", "'{}'", '"{}"'])
@pytest.mark.parametrize("name", NAMES)
def test_the_command_line_leaves_to_kubectl_what_was_there(name: str, written: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(yaml.safe_dump(named("PLACE")).replace("PLACE", written.format(name)))
    before = read_by_kubectl(file)

    kubeconfig_file.write(str(file), kubeconfig_file.read(str(file)))

    assert before is None or read_by_kubectl(file) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_kubeconfig_is_the_same_to_both_versions_of_yaml(name: str) -> None:
    config = kubeconfig(
        [FACTS], person=KubeconfigOwner(name=name, namespaces={FACTS.uuid: name}), form=KubeconfigForm.EXEC
    )

    for written in (as_yaml(config), as_documents([config])):
        assert yaml.safe_load(written) == config
        assert all(line.partition(": ")[2] != name for line in written.splitlines() if name not in ("e", "1e", "0x"))


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.sampled_from(NAMES)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@given(values)
def test_it_reads_back_as_it_was(value: Any) -> None:
    assert yaml.safe_load(as_yaml(value)) == value
