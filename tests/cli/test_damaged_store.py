"""A file of a profile that is damaged, in any way, is named with what to do; it is no fault of the program."""

import json
import time
from collections.abc import Iterator
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runai_identity_cli.failures import Failure
from runai_identity_cli.main import main
from runai_identity_cli.store import Store

NOT_OBJECTS = st.one_of(
    st.binary(max_size=30).filter(lambda content: b"{" not in content),
    st.sampled_from([b'{"a": "\xff"}', b"\xff\xfe{}", b"[" * 100_000, b'{"a":' * 100_000, b"", b"[]", b'{"a"']),
)


@given(NOT_OBJECTS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_names_the_file_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    store = Store("default")
    store.write("session.json", {})
    Path(store.path("session.json")).write_bytes(content)

    with pytest.raises(Failure, match=r"session\.json is damaged\. Remove it and sign in again"):
        store.read("session.json")


STATE: dict[str, Any] = {
    "server": "http://127.0.0.1:1",
    "ca_file": "",
    "endpoints": {name: f"http://127.0.0.1:1/{name}" for name in ("issuer", "token_endpoint", "revocation_endpoint")},
    "name": "bob@example.com",
    "refresh_token": "r",
    "clusters": [],
    "tokens": {"": {"token": "t", "good_until": time.time() + 600, "id": "a", "replaced_at": 0}},
}
APPLICATION = {**STATE, "application": {"client_id": "robo", "secret_file": ""}}
WRONG: list[Any] = [None, [], 5, "", "x", float("inf"), float("nan"), -1, {"": 5}]


def ways(found: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in found.items():
        yield (*way, name)
        if isinstance(value, dict):
            yield from ways(value, (*way, name))


def changed(state: dict[str, Any], way: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The state with another value there, and without it for `...`."""
    found = place = deepcopy(state)
    for name in way[:-1]:
        place = place[name]
    place[way[-1]] = value
    if value is ...:
        del place[way[-1]]
    return found


@pytest.mark.parametrize(
    "words", [("token",), ("get-token", "--cluster", "prod"), ("logout", "--revoke")], ids=" ".join
)
@pytest.mark.parametrize("state", [STATE, APPLICATION], ids=["person", "application"])
def test_no_field_that_is_missing_or_of_another_type_is_a_fault(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    state: dict[str, Any],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    store = Store("default")
    store.write("session.json", {})
    for way, value in product(ways(state), (..., *WRONG)):
        Path(store.path("session.json")).write_text(json.dumps(changed(state, way, value)))

        main(words)

        assert "fault of runai-identity" not in capsys.readouterr().err, (way, value)


@pytest.mark.parametrize("name", ["server", "endpoints", "name", "tokens"])
def test_a_sign_in_that_lacks_something_is_said_to_be_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    Store("default").write("session.json", changed(STATE, (name,), ...))

    assert main(["token"]) == 1
    assert "session.json is damaged. Remove it and sign in again" in capsys.readouterr().err
