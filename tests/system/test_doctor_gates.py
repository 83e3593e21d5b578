"""The real one starts with just those feature gates of which the doctor says nothing."""

from pathlib import Path

import pytest

from clustersync.doctor.rules.machine import GATES
from tests.clustersync.test_doctor_gates import OFF, ON, is_named, with_gate
from tests.system.kubernetes import REAL, since, version
from tests.system.verdicts import starts

pytestmark = [*REAL, since(1, 34)]


@pytest.mark.parametrize("value", [ON, OFF])
@pytest.mark.parametrize("gate", GATES)
def test_the_doctor_names_those_that_stop_it(gate: str, value: str, tmp_path: Path) -> None:
    does, _ = starts(with_gate(gate, value), tmp_path)

    assert does != is_named(with_gate(gate, value), version())
