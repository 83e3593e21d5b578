"""The doctor and what a real kube-apiserver made of the same files: never kinder, and no cry of wolf."""

from functools import cache
from pathlib import Path

import pytest

from clustersync.doctor.diagnosis import Diagnosis
from clustersync.doctor.rule import Severity
from tests.cli.test_reduction import found_in_what_is_sent
from tests.clustersync.doctor import diagnosed
from tests.clustersync.doctor_files import RIGHT_FILES, WRONG_FILES
from tests.clustersync.verdicts import RECORDING, page, recorded

VERDICTS = recorded()
FILES = {**WRONG_FILES, **RIGHT_FILES}
REGISTERED = {"mode": "oidc"}
# A pattern is no text that stands in a token, and stays on the machine.
PATTERNS = ("CEL with a pattern that is none", "CEL with a pattern")
# Of which nothing is sent: what is wrong is said on the machine.
UNREADABLE = ("a tab", "JSON with a comma too many", "JSON with something after it", "YAML 1.2 by its directive")
PAGE = Path(__file__).parents[2] / "docs" / "doctor-verdicts.md"


@cache
def said_of(name: str) -> Diagnosis:
    return diagnosed(FILES[name].text, served=REGISTERED, seen={"version": (1, 36)})


def test_every_file_was_tried() -> None:
    assert list(VERDICTS) == list(FILES)
    assert len(WRONG_FILES) >= 130 and len(RIGHT_FILES) >= 20
    assert {name for name, one in VERDICTS.items() if one.verdict == "works"} == set(RIGHT_FILES)


@pytest.mark.parametrize("name", FILES)
def test_it_is_never_kinder_and_cries_no_wolf(name: str) -> None:
    real, said = VERDICTS[name].verdict, said_of(name)
    errors = " ".join(finding.why for finding in said.findings if finding.severity == Severity.ERROR)

    assert (said.verdict == "ok") == (real == "works")
    if real != "does not start":
        assert "does not start" not in errors
    if real not in ("works", "refuses some") and name != "an egress selector without its configuration":
        assert said.verdict == "broken"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in FILES if name not in UNREADABLE])
def test_it_says_the_same_of_what_the_command_line_sends(name: str) -> None:
    """Whose findings have the words that were withheld put back."""
    here = [(one.rule, one.line) for one in said_of(name).findings]

    there = found_in_what_is_sent(FILES[name].text, served=REGISTERED, seen={"version": (1, 36)})

    if name in PATTERNS:
        assert [one.rule for one in there] == ["cel-not-judged"]
    else:
        assert [(one.rule, one.line) for one in there] == here


@pytest.mark.slow
def test_the_page_shows_them_all() -> None:
    rules = {name: [finding.rule for finding in said_of(name).findings] for name in FILES}
    if RECORDING:
        PAGE.write_text(page(VERDICTS, rules))

    assert PAGE.read_text() == page(VERDICTS, rules)
