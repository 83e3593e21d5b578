import re
import subprocess
import tomllib
from pathlib import Path
from unittest.mock import Mock

import pytest
import runai_identity_cli
import yaml

from tests.faults import reliability
from tests.upgrades.releases import RELEASES

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


def test_each_release_says_how_to_go_back_and_is_upgraded_from() -> None:
    """The newest is known by its commit once it is made: what follows it adds that, and its databases."""
    _, *entries = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    done = [entry for entry in entries if not entry.startswith("Unreleased")][1:]

    assert [entry.partition("\n")[0] for entry in entries if "### Rolling back" not in entry] == []
    assert [
        entry.partition("\n")[0] for entry in done if not re.search(r"^Commit `\w{7,40}`", entry, re.MULTILINE)
    ] == []
    assert {entry.split(" ")[0] for entry in done} <= {release.name for release in RELEASES}
    assert all((one.folder / f"{kind}.sql.gz").exists() for one in RELEASES for kind in ("sqlite", "postgresql"))


def test_decisions_are_numbered_one_after_the_other() -> None:
    files = sorted((ROOT / "docs/decisions").glob("*.md"))
    titled = [re.match(r"# (\d{4}) ", file.read_text()) for file in files]

    assert [title and int(title[1]) for title in titled] == list(range(1, len(files) + 1))


def test_there_is_one_version() -> None:
    charts = [yaml.safe_load(file.read_text()) for file in sorted(ROOT.glob("deploy/charts/*/Chart.yaml"))]
    projects = [
        tomllib.loads((ROOT / name / "pyproject.toml").read_text())["project"]["version"] for name in ("", "cli")
    ]
    images = re.findall(r"runai-identity:(\d[\d.]*\d)", (ROOT / "docs/deploy.md").read_text())

    said = {*projects, *images, *(chart[name] for chart in charts for name in ("version", "appVersion"))}

    assert said == {runai_identity_cli.__version__}


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


def test_what_the_page_about_faults_promises_is_tested() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs/reliability.md").read_text())

    assert named
    assert [name for path, name in named if f"def {name}(" not in (ROOT / path).read_text()] == []


def test_the_figures_about_faults_are_all_there_and_nothing_was_lost() -> None:
    placed = reliability.PLACE.search((ROOT / "docs/reliability.md").read_text())
    assert placed
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in placed[0].splitlines()]

    assert tuple(head) == reliability.COLUMNS
    assert len(rows) == len(reliability.faults(Mock()))
    assert {(row[4], row[7]) for row in rows} == {("0", "0")}
