"""The README's transcript, run as it stands against a live server."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.start.test_make_run import Start

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- next ---"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = Start(tmp_path / "data")
    started.begin()
    started.wait_until_served()
    yield started
    started.kill()


def steps() -> list[tuple[str, str]]:
    """Each shell block with what the README says it prints."""
    found: list[tuple[str, str]] = []
    for kind, body in BLOCK.findall((ROOT / "README.md").read_text()):
        if kind == "sh":
            found.append((body, ""))
        else:
            found[-1] = (found[-1][0], body)
    return found


def run(start: Start, folder: Path) -> list[str]:
    script = "set -eu\n" + f"\necho; echo '{MARK}'\n".join(commands for commands, _ in steps())
    environment = {
        "PATH": os.environ["PATH"],
        "URL": f"http://127.0.0.1:{start.port}",
        "EMAIL": "admin@runai.local",
        "ONE_TIME": start.password(),
    }
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split(MARK)


def pattern(text: str) -> str:
    """What the README prints, with … for what differs from run to run."""
    return re.escape(text.strip()).replace("…", ".*")


def test_it_prints_what_it_says(start: Start, tmp_path: Path) -> None:
    printed = run(start, tmp_path)

    expected = [text for _, text in steps()]
    assert len(printed) == len(expected) == 10
    wrong = [(p, e) for p, e in zip(printed, expected, strict=True) if not re.fullmatch(pattern(e), p.strip())]
    assert wrong == []
