"""Names and docstrings stay plain: the figures of scripts/vocabulary don't rise, and the layout's pages are true."""

import re
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = (ROOT / "docs/layout.md").read_text()

# Names that several modules may give a class, each with the reason.
MAY_REPEAT = {
    "Command": "Django finds a management command by this name",
    "Meta": "Django and DRF read the options of a class by this name",
    "Item": "the doctor reads YAML twice: for the server, and for the command line, which ships without the server",
    "_Part": "likewise",
    "_Composer": "likewise",
    "SeenAssertion": "a table in each of two apps: SAML assertions and client assertions that were used",
}
# Lower it when a pass over the docstrings has been made; never raise it.
MOST_RIDDLES = 0
MOST_WORDS = 12


def vocabulary() -> ModuleType:
    loader = SourceFileLoader("vocabulary", str(ROOT / "scripts/vocabulary"))
    module = module_from_spec(spec_from_loader(loader.name, loader) or ModuleSpec(loader.name, loader))
    loader.exec_module(module)
    return module


script = vocabulary()
FILES = script.files_of("")


def test_a_class_name_means_one_thing() -> None:
    found = script.repeated(FILES)

    assert {name: places for name, places in found.items() if name not in MAY_REPEAT} == {}
    assert set(MAY_REPEAT) <= set(found), "a name that repeats no more may be taken off the list"


def test_no_more_docstrings_open_with_a_question() -> None:
    assert len(script.riddles(script.docstrings(FILES))) <= MOST_RIDDLES


def test_docstrings_of_functions_open_with_a_verb() -> None:
    assert script.without_verb(FILES) == []


def test_the_glossary_is_short_and_linked() -> None:
    words = re.findall(r"^\| (?!word|-)(.+?) \|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)

    assert words and len(words) <= MOST_WORDS and words == sorted(words)
    assert "(glossary.md)" in LAYOUT


def test_every_feature_is_where_the_layout_says() -> None:
    section = LAYOUT.partition("## Where features are")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!feature|-)(.+?) \| `(.+?)` \|$", section, re.MULTILINE)

    assert len(rows) >= 20
    assert [path for _, path in rows if not (ROOT / path).exists()] == []


def test_the_layout_lists_every_port_with_its_setting() -> None:
    listed = set(re.findall(r"`(\w+/ports/\w+\.py)` \| `([A-Z_]+)`", LAYOUT))
    ports = [path for path in ROOT.glob("*/ports/*.py") if path.name != "__init__.py"]
    found = {(str(path.relative_to(ROOT)), named[1]) for path in ports if (named := _setting(path))}

    assert len(found) == len(ports) and found == listed


def test_the_answer_to_a_port_has_the_ports_file_name() -> None:
    wired = {setting: getattr(settings, setting) for _, setting in _all_settings()}
    wrong = [
        (setting, path)
        for port, setting in _all_settings()
        for path in _paths(wired[setting])
        if path.split(".")[1:3] != ["adapters", port]
    ]

    assert wrong == []


def _setting(port: Path) -> re.Match[str] | None:
    return re.search(r"Wired by the setting ([A-Z_]+)", port.read_text())


def _all_settings() -> list[tuple[str, str]]:
    ports = [path for path in ROOT.glob("*/ports/*.py") if path.name != "__init__.py"]
    return [(path.stem, named[1]) for path in ports if (named := _setting(path))]


def _paths(value: object) -> list[str]:
    if isinstance(value, dict):
        return [path for paths in value.values() for path in paths]
    return value if isinstance(value, list) else [str(value)]
