"""Any value of any answer may be of another type: a command ends with a sentence and a code, never with a fault."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.hostile import Liar, answers
from tests.cli.running import Shell, run_here

pytestmark = pytest.mark.slow

ANYTHING: list[Any] = [None, True, 10**17, "\ud800", [None], {"": ""}]
RAW = [
    b"",
    b"[",
    b"[]",
    b"null",
    b"1" * 5000,
    b"[" * 100_000,
    b'{"a": NaN}',
    b'{"a": 1' + b"0" * 5000 + b"}",
    b"\xff\xfe",
]
ASKS = {
    "/.well-known/openid-configuration": "login --device",
    "/r/.well-known/openid-configuration": "doctor TOKEN",
    "/certs": "doctor TOKEN",
    "/device_authorization_endpoint": "login --device",
    "/token_endpoint": "token --cluster prod",
    "/revocation_endpoint": "logout --revoke",
    "/api/v1/me": "whoami",
    "/api/v1/me/clusters": "kubeconfig set",
    "verify-token": "token verify --file TOKEN",
    "doctor": "doctor TOKEN --all",
    "/api/v1/authorization/why": "can-i create workspaces --scope 1",
    "/api/v1/authorization/permitted-scopes": "can-i create workspaces",
    "/api/v1/org-unit/projects": "can-i create workspaces --project faces",
}


def ways(found: Any, way: str = "") -> Iterator[str]:
    """The path of every value in an answer, and of itself but the whole."""
    if way:
        yield way
    for key, value in found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ():
        yield from ways(value, f"{way}.{key}".strip("."))


def tried(home: Path, here: Path, words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(home, here)
    return run_here(Shell(here), words, monkeypatch)


@pytest.mark.parametrize("path", ASKS)
def test_a_value_of_another_type_makes_no_fault(
    liar: Liar,
    home: Path,
    tmp_path: Path,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = next(at for at in answers(liar.origin) if at.endswith(path))
    for way in ways(answers(liar.origin)[found]):
        for value in ANYTHING:
            liar.plan(put={f"{found} {way}": value})
            code = tried(home, tmp_path / "home", ASKS[path], monkeypatch)
            said = capsys.readouterr()
            assert "fault" not in said.err, (way, value, said.err)
            assert code in range(6), (way, value)
            assert (said.out + said.err).replace("\n", "").isprintable(), (way, value)


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: str(raw[:12]))
def test_what_is_no_object_makes_no_fault(
    liar: Liar,
    home: Path,
    tmp_path: Path,
    raw: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    liar.plan(raw=raw.decode("latin-1"))
    for words in sorted(set(ASKS.values())):
        code = tried(home, tmp_path / "home", words, monkeypatch)
        said = capsys.readouterr().err
        assert "fault" not in said, (words, said)
        assert code in range(6), words
