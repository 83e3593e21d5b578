import json
from itertools import product

import pytest
from rest_framework.exceptions import ParseError

from common.parsers import MAX_DEPTH, loads, refuse_strange


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


PLAIN = ("a", "\\u00e9", "\\u0000", "\\ud83d\\ude00", "\\ude00", "\\\\u0000", "{" * MAX_DEPTH, "[\\u0000]")
AROUND = tuple(
    (opening * depth, closing * depth) for opening, closing in ("[]", ('{"n":', "}")) for depth in (0, 1, 19, 20, 21)
)


@pytest.mark.parametrize(("text", "around"), [*product(PLAIN, AROUND)])
def test_it_refuses_what_a_walk_through_the_value_refuses(text: str, around: tuple[str, str]) -> None:
    body = f'{around[0]}"{text}"{around[1]}'

    assert _is_refused(body) == _is_strange(json.loads(body))


def _is_refused(body: str) -> bool:
    try:
        loads(body.encode())
    except ParseError:
        return True
    return False


def _is_strange(value: object) -> bool:
    try:
        refuse_strange(value)
    except ParseError:
        return True
    return False
