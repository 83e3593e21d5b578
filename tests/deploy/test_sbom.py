"""What scripts/sbom says the image is made of is what the locks install."""

import json
import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from tests.start.test_make_run import ROOT


def written(folder: Path) -> str:
    file = folder / "sbom.cdx.json"
    subprocess.run([ROOT / "scripts/sbom", file], check=True)
    return file.read_text()


@pytest.fixture
def bill(tmp_path: Path) -> dict[str, Any]:
    return dict(json.loads(written(tmp_path)))


def test_every_locked_package_is_in_it_with_its_hashes(bill: dict[str, Any]) -> None:
    locks = "".join((ROOT / "requirements" / name).read_text() for name in ("base.txt", "agent.txt", "traces.txt"))
    said = {part["name"]: (part["version"], part["externalReferences"][0]["hashes"]) for part in bill["components"]}

    assert {(name, version) for name, (version, _) in said.items()} == {
        (name, version) for name, version in re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", locks, re.MULTILINE)
    }
    counted = {one["content"] for _, hashes in said.values() for one in hashes}
    assert counted == set(re.findall(r"sha256:(\w+)", locks))


def test_what_each_package_needs_is_said(bill: dict[str, Any]) -> None:
    names = {part["bom-ref"]: part["name"] for part in bill["components"]}
    needs = {names.get(one["ref"], one["ref"]): {names[on] for on in one["dependsOn"]} for one in bill["dependencies"]}
    asked = {
        re.split(r"[\s<>=~!;\[(]", line)[0] for line in distribution("django").requires or () if "extra" not in line
    }

    assert needs["django"] == asked - {"tzdata"}  # that is for Windows
    direct = "".join((ROOT / "requirements" / name).read_text() for name in ("base.in", "agent.in", "traces.in"))
    assert needs["runai-identity"] == set(re.findall(r"^([a-z][\w-]+)", direct, re.MULTILINE))


def test_it_is_the_same_wherever_it_is_written(tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("first", "second"))
    for folder in (first, second):
        folder.mkdir()

    assert written(first) == written(second)
    assert "timestamp" not in written(first) and str(ROOT) not in written(first)
