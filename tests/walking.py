"""The commands of a page of the docs, and what the page says that they print, typed into a shell."""

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- next ---"
SHELLS = {"bash": ["bash", "--norc"], "zsh": ["zsh", "-f"]}


class Step(NamedTuple):
    """A block of commands; `prints` is empty where the page doesn't say."""

    commands: str
    prints: str


def steps(page: str, section: str = "") -> list[Step]:
    """Each block of commands of a page, or of what stands under one of its headings."""
    text = (ROOT / page).read_text()
    if section:
        text = re.split(r"^## ", text.split(f"\n## {section}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    found: list[Step] = []
    for kind, body in BLOCK.findall(text):
        if kind == "sh":
            found.append(Step(body, ""))
        else:
            found[-1] = found[-1]._replace(prints=body)
    return found


def walk(shell: str, typed: list[Step], *, cwd: Path, environment: dict[str, str]) -> list[str]:
    """Type the commands into one shell, in their order; what each block printed."""
    script = "set -eu\n" + f"\necho; echo '{MARK}'\n".join(step.commands for step in typed)
    try:
        done = subprocess.run(
            [*SHELLS[shell], "-c", script],
            cwd=cwd,
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )
    except subprocess.TimeoutExpired as stuck:
        raise AssertionError(f"It waits for ever. {stuck.stdout!r} {stuck.stderr!r}") from None
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split(MARK)


def differences(typed: list[Step], printed: list[str]) -> list[tuple[str, str]]:
    """What was printed and what the page says instead; … on the page is what differs from run to run."""
    pairs = [(found.strip(), step.prints.strip()) for found, step in zip(printed, typed, strict=True)]
    return [pair for pair in pairs if not re.fullmatch(re.escape(pair[1]).replace("…", ".*"), pair[0])]
