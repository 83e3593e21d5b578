"""Which expressions kube-apiserver compiles: what the doctor is held to is what a real one says."""

import re
from pathlib import Path

import pytest
import yaml

from tests.clustersync.cel_expressions import EXPRESSIONS
from tests.clustersync.doctor import FILE
from tests.system.kubernetes import REAL, since, version
from tests.system.verdicts import starts

pytestmark = [*REAL, since(1, 36)]

RULES = {"claims": "claimValidationRules", "user": "userValidationRules"}


@pytest.mark.parametrize("variable", RULES)
def test_it_compiles_those_and_no_others(variable: str, tmp_path: Path) -> None:
    """All of them in one file, of which it lists every fault."""
    compiled, refused = EXPRESSIONS[variable]  # type: ignore[index]  # it is one
    if version() >= (1, 37):
        refused = [text for text in refused if "`" not in text]  # which quotes a name since then
    document = yaml.safe_load(FILE)
    document["jwt"][0][RULES[variable]] = [{"expression": text} for text in (*compiled, *refused)]

    does, _ = starts(yaml.safe_dump(document), tmp_path)

    said = (tmp_path / "log").read_text()
    found = {int(number) for number in re.findall(rf"{RULES[variable]}\[(\d+)\]", said)}
    assert not does
    assert found == set(range(len(compiled), len(compiled) + len(refused)))
