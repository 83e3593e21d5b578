import pytest

from tests.contract.recording import FILE, MISSING, ROOT, differences, record

pytestmark = [pytest.mark.slow, pytest.mark.either_database]


def test_a_server_answers_as_was_recorded() -> None:
    """Another answer breaks programs that read it, unless it only has more fields: look at the difference first."""
    now = record(ROOT)

    assert MISSING not in now
    assert not differences(FILE.read_text(), now), "If that is meant: make contract ARGS=--write"
