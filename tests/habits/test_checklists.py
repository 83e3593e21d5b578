"""No line of a check-list is missing, stands twice, or is without evidence or a reason; and what it names is there."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checklists.lists import PAGES, ROOT, Line, headings, lines_of, required

ASVS, JWT = lines_of("asvs"), lines_of("rfc8725")


def test_each_chapter_has_all_its_requirements_once_and_in_order() -> None:
    """The numbers themselves can't stand twice: TOML refuses it."""
    assert [line.number for line in ASVS] == required()
    assert [line.number for line in JWT] == [f"3.{section}" for section in range(1, 13)]


@pytest.mark.parametrize("line", [*ASVS, *JWT], ids=lambda line: line.number)
def test_a_line_has_evidence_or_a_reason(line: Line) -> None:
    assert line.words
    assert [bool(line.by), bool(line.not_met), bool(line.not_applicable)].count(True) == 1
    assert not line.but or line.by


@pytest.mark.parametrize("line", [line for line in (*ASVS, *JWT) if line.by], ids=lambda line: line.number)
def test_what_shows_it_is_there(line: Line) -> None:
    assert [one for one in line.by if not is_there(one)] == []


def is_there(one: str) -> bool:
    if one.startswith("docs/"):
        page, _, heading = one.partition("#")
        return (ROOT / page).exists() and (not heading or heading in headings(ROOT / page))
    file, _, test = one.partition("::")
    return f"def {test}(" in (ROOT / "tests" / file).read_text()


@pytest.mark.parametrize(("file", "written"), PAGES.items(), ids=lambda one: getattr(one, "name", ""))
def test_the_page_is_up_to_date(file: Path, written: Callable[[], str]) -> None:
    assert file.read_text() == written(), "python -m tests.checklists.lists writes it"
