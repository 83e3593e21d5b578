import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = next(line.split()[1:] for line in makefile.splitlines() if line.startswith(".PHONY:"))

    told = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert re.findall(r"^  make (\S+) +\S", told, re.MULTILINE) == targets


def test_the_changelog_says_what_is_not_released_yet() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", heading) for heading in headings[1:])


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")), ids=lambda page: page.name
)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


def _threats() -> list[tuple[str, str]]:
    rows = re.findall(
        r"^\| (?!attack \|)(.+?) \|.*\| (.+?) \|$", (ROOT / "docs/threat-model.md").read_text(), re.MULTILINE
    )
    return [(attack, tests) for attack, tests in rows if not attack.startswith("-")]


@pytest.mark.parametrize(("attack", "tests"), _threats())
def test_every_threat_names_tests_that_exist(attack: str, tests: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)

    assert named, f"No test holds: {attack}"
    assert [name for path, name in named if f"def {name}(" not in (ROOT / path).read_text()] == []
