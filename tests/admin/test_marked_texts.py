"""Every text of ours on a page is marked: each page is made in a language that puts brackets around what it looks up.

`test_german` finds what the catalogue has and a page shows in English. This test finds what the catalogue lacks.
"""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.utils import translation

from accounts.models import Group, User
from clustersync.models import Cluster
from tests.admin.walking import lists
from tests.conftest import BrowserAs
from tests.habits.test_translations import READ_BY_PEOPLE, entries
from tokens.models import Application

OPEN, CLOSE = "⟦", "⟧"
BLOCKS = {
    "p",
    "div",
    "li",
    "td",
    "th",
    "h1",
    "h2",
    "h3",
    "dt",
    "dd",
    "tr",
    "section",
    "fieldset",
    "main",
    "nav",
    "option",
}
CODE = {"script", "code", "pre", "style", "textarea"}


class Unmarked(HTMLParser):
    """Collects the texts outside brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in CODE
        if tag in BLOCKS:
            self._depth = 0
        given = dict(attrs)
        shown = READ_BY_PEOPLE | ({"value"} if given.get("type") == "submit" else set())
        for value in (value for name, value in attrs if name in shown and value):
            self.found += _outside(value, 0)[0]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in CODE

    def handle_data(self, data: str) -> None:
        if not self._code:
            found, self._depth = _outside(data, self._depth)
            self.found += found


def _outside(text: str, depth: int) -> tuple[list[str], int]:
    """Return the pieces of the text outside brackets, and how many brackets are open at its end."""
    pieces = []
    for piece in re.split(f"([{OPEN}{CLOSE}])", text):
        if piece in (OPEN, CLOSE):
            depth = max(0, depth + (1 if piece == OPEN else -1))
        elif not depth and piece.strip():
            pieces.append(" ".join(piece.split()))
    return pieces, depth


STARTS = ["/", "/admin/", "/account", "/language", "/password", "/account/second-factors/app"]
# Files, what needs JSON, and the reference of the API, which is English.
NO_PAGE = re.compile(r"/static/|/branding/|/api/|/cli/|/export/|/connect/[\w.-]+$|/logout|/auth/")
# Data that is written like a text of ours.
DATA = re.compile(
    r"\S+|\S+ \(|(?:: )?(?:\S+ )?[|·] runai-identity|\S+@\S+ ·|(?:Session )?\S+@\S+ \(browser\)(?: \|)?"
    r"|[\d: -]+session:.*"
)


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything that is looked up stand in brackets."""
    trans = vars(translation)["_trans"]
    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        monkeypatch.setattr(trans, name, _bracketed(getattr(trans, name)))


def _bracketed(look_up: Callable[..., str]) -> Callable[..., str]:
    return lambda *asked: f"{OPEN}{look_up(*asked)}{CLOSE}"


def english_words() -> set[str]:
    return {word for entry in entries() for word in re.findall(r"[a-z]{2,}", entry.ids[0].lower())}


def pages(browser: Any) -> Iterator[tuple[str, str]]:
    """Follow each link of each page once, whichever row it is about."""
    waiting, seen = [*STARTS, *lists()], set()
    while waiting:
        path = waiting.pop(0)
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\b\d+\b", "*", path.partition("?")[0])
        if kind in seen or NO_PAGE.search(path):
            continue
        seen.add(kind)
        answer = browser.get(path, follow=True, headers={"Accept-Language": "de"})
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            text = answer.content.decode()
            yield path, text
            waiting += [link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)', text)]


def test_no_page_has_an_unmarked_text(
    browser_as: BrowserAs, ada: User, researchers: Group, robo: Application, prod: Cluster, brackets: None
) -> None:
    words = english_words()
    left: dict[str, str] = {}
    for path, page in pages(browser_as(ada)):
        reader = Unmarked()
        reader.feed(page)
        for text in reader.found:
            told = re.findall(r"[A-Za-z]{2,}", text.lower())
            if sum(word in words for word in told) > 1 and not DATA.fullmatch(text):
                left.setdefault(text, path)
    assert not left, "\n".join(f"{path}: {text}" for text, path in left.items())
