"""A server that lies gains nothing on the machine of whoever asks it: a real one, tried with every command."""

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.hostile import UUID, Liar, lying
from tests.cli.running import Shell, command, run_here

pytestmark = pytest.mark.slow

COMMANDS = [
    "login --device",
    "whoami",
    "clusters",
    "kubeconfig set",
    "kubeconfig set --use prod",
    "get-token --cluster prod",
    "token",
    "token --cluster prod",
    "token verify --cluster prod --file TOKEN",
    "can-i create workspaces",
    "can-i create workspaces --project faces",
    "doctor TOKEN --cluster prod --all",
    "doctor TOKEN",
    "logout --revoke",
]
MEMORY = 200 * 1024  # KiB of addresses; Python takes most of them to start
PLANS: dict[str, dict[str, Any]] = {
    "texts": {"spoil": "texts"},
    "everything": {"spoil": "everything"},
    **{str(status): {"spoil": "texts", "status": status} for status in (302, 400, 401, 403, 500)},
    "no tokens": {"spoil": "texts", "status": 400, "under": "/"},
}


def run(shell: Shell, words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return shell.run(*words.replace("TOKEN", str(shell.home / "TOKEN")).split(), **environment)


@pytest.mark.parametrize("plan", PLANS)
def test_no_text_of_it_does_anything_to_the_terminal(
    guest: Shell, liar: Liar, plan: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    liar.plan(**PLANS[plan])

    said = {}
    for words in COMMANDS:
        run_here(guest, words, monkeypatch)
        said[words] = "".join(capsys.readouterr())

    assert {words for words, text in said.items() if not text.replace("\n", "").isprintable()} == set()
    assert {
        words for words, text in said.items() if any(line.startswith("owned") for line in text.split("\n"))
    } == set()
    assert {words for words, text in said.items() if "fault" in text or "Traceback" in text} == set()


def test_what_it_says_is_shown_where_it_is_what_was_asked_for(guest: Shell, liar: Liar) -> None:
    liar.plan(spoil="texts")

    for words in ("whoami", "clusters", "can-i create workspaces", "doctor TOKEN --cluster prod"):
        done = run(guest, words)
        assert "\\x1b[2J" in done.stdout + done.stderr, words
        assert "\\u202e" in done.stdout + done.stderr, words


@pytest.mark.parametrize("slow", ["head", "body", "continue", "endless"])
def test_it_holds_nobody_up(guest: Shell, liar: Liar, slow: str) -> None:
    liar.plan(slow=slow)
    with_little_memory = ["sh", "-c", f'ulimit -v {MEMORY}; exec "$@"', "sh", *command("whoami")]
    began = time.monotonic()

    done = subprocess.run(with_little_memory, env=guest.everything({}), capture_output=True, text=True, timeout=60)

    assert done.returncode == 4, done.stderr
    assert time.monotonic() - began < 15


def test_a_redirect_takes_no_token_with_it(
    guest: Shell, liar: Liar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lying(tmp_path / "other") as other:
        for status in (301, 302, 303, 307, 308):
            liar.plan(status=status, under="/", location=f"{other.origin}/api/v1/me")
            for words in COMMANDS:
                run_here(guest, words, monkeypatch)

        assert other.asked == []


@pytest.mark.parametrize("name", ["issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint"])
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/x",
        "http://127.0.0.1:9/x",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "--help",
        "ORIGIN@evil.example.com/x",
        "ORIGIN\\@evil.example.com/",
        "ORIGIN/x#y",
        "ORIGIN/x y",
        "//evil.example.com",
        "ORIGIN/x\x1b[2J",
        "ORIGIN/\u202ex",
        "ORIGIN.evil.example.com/x",
    ],
)
def test_it_sends_nobody_elsewhere(guest: Shell, liar: Liar, name: str, url: str) -> None:
    opened = guest.home / "opened"
    liar.plan(put={f"/.well-known/openid-configuration {name}": url.replace("ORIGIN", liar.origin)})

    done = run(guest, f"login --browser --server {liar.origin}", BROWSER=f"sh -c 'echo \"$0\" > {opened}' %s")

    assert done.returncode == 4, done.stderr
    assert not opened.exists()


@pytest.mark.parametrize("name", ["verification_uri", "verification_uri_complete"])
def test_it_names_no_page_of_another_server(guest: Shell, liar: Liar, name: str) -> None:
    liar.plan(put={f"/device_authorization_endpoint {name}": "https://evil.example.com/device"})

    assert "evil" not in run(guest, "login --device").stderr


def test_no_proxy_sees_what_goes_to_this_very_machine(guest: Shell, liar: Liar, tmp_path: Path) -> None:
    with lying(tmp_path / "proxy") as proxy:
        run(guest, "whoami", http_proxy=proxy.origin, all_proxy=proxy.origin)

        assert proxy.asked == []


@pytest.mark.parametrize("audience", ["", " ", "a\nb", 5, None, "x" * 300])
def test_a_token_for_the_api_is_no_clusters(guest: Shell, liar: Liar, audience: object) -> None:
    liar.plan(put={"/api/v1/me/clusters clusters.0.audience": audience})

    run(guest, "clusters")  # which remembers what it heard
    done = run(guest, f"get-token --cluster {UUID}")

    assert (done.returncode, done.stdout) == (5, "")
    assert "Left out the cluster prod: its audience" in done.stderr


@pytest.mark.parametrize("value", ["a b", "a\x1b[2J", "", "x\n", "ü", 5, None, "x" * 70_000])
def test_what_is_no_token_goes_nowhere(guest: Shell, liar: Liar, value: object) -> None:
    liar.plan(put={"/token_endpoint access_token": value})

    done = run(guest, "token --cluster prod")

    assert (done.returncode, done.stdout) == (4, "")


def test_what_it_asks_is_seen(guest: Shell, liar: Liar) -> None:
    run(guest, "whoami")

    assert "GET /api/v1/me " in liar.asked
