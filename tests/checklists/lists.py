"""Check-lists of others, with what shows each line. `python -m tests.checklists.lists` writes their pages."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
DOCS = ROOT / "docs"

# OWASP ASVS 5.0: the chapters that concern this service, and which requirements of levels 1 and 2 each has.
CHAPTERS = {
    "2": ("Validation and business logic", "1.1-3 2.1-3 3.1-4 4.1"),
    "3": ("Web frontend", "2.1-2 3.1-4 4.1-6 5.1-5 7.1-2"),
    "4": ("API and web service", "1.1-3 2.1 3.1-2 4.1-4"),
    "6": ("Authentication", "1.1-3 2.1-12 3.1-4 4.1-4 5.1-5 6.1-3 8.1-4"),
    "7": ("Session management", "1.1-3 2.1-4 3.1-2 4.1-5 5.1-2 6.1-2"),
    "8": ("Authorization", "1.1-2 2.1-3 3.1 4.1"),
    "9": ("Self-contained tokens", "1.1-3 2.1-4"),
    "10": ("OAuth and OpenID Connect", "1.1-2 2.1-2 3.1-4 4.1-11 5.1-5 6.1-2 7.1-3"),
    "11": ("Cryptography", "1.1-2 2.1-3 3.1-3 4.1-4 5.1 6.1"),
    "12": ("Secure communication", "1.1-3 2.1-2 3.1-4"),
    "13": ("Configuration", "1.1 2.1-5 3.1-2 4.1-5"),
    "14": ("Data protection", "1.1-2 2.1-4 3.1-3"),
    "16": ("Security logging and error handling", "1.1 2.1-5 3.1-4 4.1-3 5.1-3"),
}
OWASP = "https://owasp.org/www-project-application-security-verification-standard/"
ASVS_HEAD = f"""# OWASP ASVS 5.0, level 2

The requirements of levels 1 and 2 in the chapters that concern this service, by number and in our words
([OWASP]({OWASP}) has the exact ones). Each names
the tests and pages that show it, or the reason why it is not met or does not apply. Written by
`python -m tests.checklists.lists`. Its authors filled it in; nobody else has assessed the service by it.

Left out: V1 and V15, which are about code, V5, since one form takes a file, and V17 (WebRTC).
"""
JWT_HEAD = """# RFC 8725: JSON Web Token Best Current Practices

Each practice in our words, with the tests that show it. Written by `python -m tests.checklists.lists`. What the other
documents require, RFC 9700 among them, is in [conformance.md](conformance.md).
"""
TABLE = "| | in our words | shown by |\n|---|---|---|\n"


@dataclass(frozen=True)
class Line:
    """One requirement. `by` has tests, below tests/, and pages; or there is one of both reasons."""

    number: str
    words: str
    by: tuple[str, ...] = ()
    but: str = ""
    not_met: str = ""
    not_applicable: str = ""

    @property
    def chapter(self) -> str:
        return self.number.partition(".")[0]

    @property
    def state(self) -> str:
        if self.not_met:
            return "not met"
        if self.not_applicable:
            return "not applicable"
        return "met in part" if self.but else "met"


def lines_of(name: str) -> list[Line]:
    read = tomllib.loads((HERE / f"{name}.toml").read_text())
    return [_line(number, dict(given)) for number, given in read.items()]


def _line(number: str, given: dict[str, object]) -> Line:
    given["by"] = tuple(given.get("by", ()))  # type: ignore[arg-type]
    given["but"] = given.pop("except", "")
    return Line(number=number, **given)  # type: ignore[arg-type]


def required() -> list[str]:
    """The numbers of all requirements of CHAPTERS."""
    return [
        f"{chapter}.{section}.{number}"
        for chapter, (_, sections) in CHAPTERS.items()
        for section, _, numbers in (one.partition(".") for one in sections.split())
        for number in range(int(numbers.partition("-")[0]), int(numbers.rpartition("-")[2]) + 1)
    ]


def asvs() -> str:
    lines = lines_of("asvs")
    states = ("met", "met in part", "not met", "not applicable")
    parts = [ASVS_HEAD, f"\n| chapter | {' | '.join(states)} |\n|---|---|---|---|---|\n"]
    for number, (title, _) in CHAPTERS.items():
        counts = [sum(line.state == state for line in lines if line.chapter == number) for state in states]
        parts.append(f"| V{number} {title} | {' | '.join(map(str, counts))} |\n")
    for number, some in groupby(lines, key=lambda line: line.chapter):
        parts += [f"\n## V{number} {CHAPTERS[number][0]}\n\n", TABLE, *_rows("V", some)]
    return "".join(parts)


def rfc8725() -> str:
    return "".join([JWT_HEAD, "\n", TABLE, *_rows("§", lines_of("rfc8725"))])


def _rows(sign: str, lines: Iterable[Line]) -> Iterable[str]:
    return (f"| {sign}{line.number} | {line.words} | {_shown(line)} |\n" for line in lines)


def _shown(line: Line) -> str:
    if reason := line.not_met or line.not_applicable:
        return f"**{line.state}**: {reason}"
    shown = ", ".join(map(_link, line.by))
    return f"{shown}. **Except**: {line.but}" if line.but else shown


def _link(one: str) -> str:
    if one.startswith("docs/"):
        page, _, heading = one.removeprefix("docs/").partition("#")
        return f"[{page}{f', {heading}' if heading else ''}]({one.removeprefix('docs/')})"
    return f"`{one}`"


def headings(page: Path) -> set[str]:
    """The anchors of a page."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


PAGES = {DOCS / "asvs.md": asvs, DOCS / "rfc8725.md": rfc8725}

if __name__ == "__main__":
    for file, written in PAGES.items():
        file.write_text(written())
