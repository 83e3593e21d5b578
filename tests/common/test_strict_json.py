import pytest
from rest_framework.exceptions import ParseError

from common.parsers import MAX_DEPTH, loads


def test_it_reads_plain_json() -> None:
    assert loads('{"name": "Zoë", "tags": [1, null, true]}'.encode()) == {
        "name": "Zoë",
        "tags": [1, None, True],
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a": 1, "a": 2}', id="duplicate name"),
        pytest.param(b'{"outer": {"a": 1, "a": 2}}', id="duplicate name inside"),
        pytest.param(b'"\xff\xfe"', id="not UTF-8"),
        pytest.param(b'{"a": "b\\u0000c"}', id="NUL in a value"),
        pytest.param(b'{"a\\u0000": 1}', id="NUL in a name"),
        pytest.param(b'"\\ud800"', id="half a surrogate pair"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"[Infinity]", id="Infinity"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), id="nested too deep"),
        pytest.param(b"[" * 200_000, id="nested very deep"),
        pytest.param(b"1" * 5000, id="integer of 5,000 digits"),
    ],
)
def test_it_refuses(body: bytes) -> None:
    with pytest.raises(ParseError):
        loads(body)


def test_it_allows_nesting_up_to_the_bound() -> None:
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None
