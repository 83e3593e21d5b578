"""Whatever people read is translated: no bare text in a template, and nothing missing in the German catalogue."""

import ast
import gettext
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale/de/LC_MESSAGES/django.po"
TEMPLATES = sorted(str(file.relative_to(ROOT / "templates")) for file in (ROOT / "templates").rglob("*.html"))

# What stays as it is, and why.
NOT_TRANSLATED = {
    "api.html": "the reference of the API, which is English like the API itself",
    "api_sections.html": "as api.html",
}
THE_SAME_EVERYWHERE = {"runai-identity", "UTC", "SHA", "SHA-", "UID", "GID", "XXXX-XXXX", "API", "quot", "amp", "nbsp"}
READ_BY_PEOPLE = {"aria-label", "alt", "placeholder", "title", "data-label"}
# Blocks whose content is a CSS class or the head.
NO_TEXT = r"\{% block (?:width|bodyclass|coltype) %\}.*?\{% endblock %\}"
TRANSLATED = r"\{% blocktranslate.*?\{% endblocktranslate %\}|\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}"


class Bare(HTMLParser):
    """Collects text and attributes with words in them; commands and code are no prose."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in ("pre", "code", "script")
        given = dict(attrs)
        shown = READ_BY_PEOPLE | ({"value"} if given.get("type") == "submit" else set())
        self.found += [value for name, value in attrs if name in shown and value and _has_words(value)]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("pre", "code", "script")

    def handle_data(self, data: str) -> None:
        if not self._code and _has_words(data):
            self.found.append(data.strip())


def _has_words(text: str) -> bool:
    return bool(set(re.findall(r"[A-Za-z][A-Za-z-]+", text)) - THE_SAME_EVERYWHERE)


def bare_texts(source: str) -> list[str]:
    rest = re.sub(f"{NO_TEXT}|{TRANSLATED}", " ", source, flags=re.DOTALL)
    untranslated = re.findall(r"\|default(?:_if_none)?:\"([^\"]*[A-Za-z]{3}[^\"]*)\"", rest)
    # What an included template is given.
    untranslated += re.findall(r"\{%[^%]*?\w=\"([^\"]*[A-Z][a-z]+ [^\"]*)\"[^%]*%\}", rest)
    reader = Bare()
    reader.feed(re.sub(r"\{[{%].*?[}%]\}", "", rest, flags=re.DOTALL))
    return reader.found + untranslated


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name not in NOT_TRANSLATED])
def test_a_template_has_no_text_of_its_own(name: str) -> None:
    assert bare_texts((ROOT / "templates" / name).read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello you</p>",
        '<a title="Go on">{{ x }}</a>',
        '{{ x|default:"no name" }}',
        '{% include "a.html" with b="Go on" %}',
        "{% if a %}yes{% endif %}",
    ],
)
def test_bare_text_is_found(source: str) -> None:
    assert bare_texts(source)


class Entry(NamedTuple):
    flags: str
    ids: list[str]
    strings: list[str]


def entries() -> list[Entry]:
    """Return the catalogue's entries, but for its header; what msgfmt reads, without msgfmt."""
    found = []
    for block in CATALOGUE.read_text().split("\n\n")[1:]:
        ids, strings = (
            [
                ast.literal_eval(f"({text})")
                for text in re.findall(rf'^{name}(?:_plural|\[\d\])? (".*"(?:\n".*")*)$', block, re.MULTILINE)
            ]
            for name in ("msgid", "msgstr")
        )
        found.append(Entry("".join(re.findall(r"^#,.*", block, re.MULTILINE)), ids, strings))
    return found


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|\{\w+(?::,)?\}|</?[a-z]+", text))


def test_the_catalogue_is_whole() -> None:
    found = entries()
    assert len(found) > 300
    assert [entry for entry in found if "fuzzy" in entry.flags or not all(entry.strings)] == []


def test_placeholders_and_markup_agree() -> None:
    pairs = [(entry.ids[-1], text) for entry in entries() for text in entry.strings[-1:]]
    assert [pair for pair in pairs if placeholders(pair[0]) != placeholders(pair[1])] == []


def test_the_compiled_catalogue_is_in_step() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in entries():
        read = [compiled.ngettext(entry.ids[0], entry.ids[-1], number) for number in (1, 2)]
        assert (read if len(entry.ids) > 1 else [compiled.gettext(entry.ids[0])]) == entry.strings


APPS = ("access", "accounts", "audit", "clustersync", "common", "runai_identity", "sso", "tokens")
MARKS = {"gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "Wording", "Wording.of"}


def marked(source: str) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args)
    firsts = (call.args[0] for call in calls if ast.unparse(call.func) in MARKS)
    return {str(first.value) for first in firsts if isinstance(first, ast.Constant)}


def test_the_catalogue_has_every_marked_text() -> None:
    """xgettext overlooks a mark inside an f-string, so that its text would stay English."""
    sources = (file.read_text() for app in APPS for file in (ROOT / app).rglob("*.py"))
    known = {id_ for entry in entries() for id_ in entry.ids}
    assert {text for source in sources for text in marked(source)} - known - {""} == set()
