"""Feature gates: the doctor says which of them an API server of a version does not start with."""

import pytest
from runai_identity_cli.reduction import values

from clustersync.doctor.rules.machine import GATES
from tests.clustersync.doctor import FILE, diagnosed
from tests.clustersync.doctor_changes import AUTHORIZATION as AUTHORIZERS
from tests.clustersync.doctor_changes import OIDC

AUTHENTICATION, ANONYMOUS, AUTHORIZATION = GATES
ON, OFF = "true", "false"
# With which a real one stops, beside flags alone; tests/system/test_doctor_gates.py asks the one that is there.
STOPPING = {
    (1, 34): {(AUTHENTICATION, OFF), (ANONYMOUS, OFF), (AUTHORIZATION, OFF)},
    (1, 36): {(AUTHENTICATION, OFF), (ANONYMOUS, OFF), (AUTHORIZATION, OFF), (AUTHORIZATION, ON)},
    (1, 37): {(gate, value) for gate in GATES for value in (ON, OFF)},
}


def is_named(pasted: str, version: tuple[int, int] | None) -> bool:
    findings = diagnosed(pasted, seen={"version": version}).findings
    return "feature-gate" in {finding.rule for finding in findings}


def with_gate(gate: str, value: str) -> str:
    return f"{OIDC}--feature-gates=AllBeta=true,{gate}={value}\n"


@pytest.mark.parametrize("version", STOPPING)
@pytest.mark.parametrize("value", [ON, OFF])
@pytest.mark.parametrize("gate", GATES)
def test_it_names_those_with_which_it_does_not_start(gate: str, value: str, version: tuple[int, int]) -> None:
    assert is_named(with_gate(gate, value), version) == ((gate, value) in STOPPING[version])


@pytest.mark.parametrize("value", [ON, OFF])
@pytest.mark.parametrize("gate", GATES)
def test_of_an_unknown_version_it_says_what_it_says_of_the_one_that_was_tried(gate: str, value: str) -> None:
    assert is_named(with_gate(gate, value), None) == ((gate, value) in STOPPING[1, 36])


@pytest.mark.parametrize(
    ("gate", "more", "stops"),
    [
        (AUTHENTICATION, "", True),
        (ANONYMOUS, "", False),
        (ANONYMOUS, "anonymous: {enabled: true}\n", True),
        (AUTHORIZATION, "", False),
        (AUTHORIZATION, f"---\n{AUTHORIZERS}", True),
    ],
)
def test_before_it_is_locked_a_gate_is_needed_by_its_file(gate: str, more: str, stops: bool) -> None:
    assert is_named(f"{FILE}{more}---\n--feature-gates={gate}={OFF}\n", (1, 31)) == stops
    assert not is_named(with_gate(gate, OFF), (1, 31))


def test_the_command_line_sends_those_that_are_judged() -> None:
    assert set(values.GATES) == set(GATES)
