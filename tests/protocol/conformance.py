"""The table of docs/conformance.md, made from the notes on the tests: `python -m tests.protocol.conformance`."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType

from tests import protocol
from tests.protocol.must import NotApplicable, Requirement

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
HEAD = """# Conformance

What the documents require of this server, and the test that shows it; or why a requirement says nothing about it.
Made from the tests by `python -m tests.protocol.conformance`, in our words: the documents have the exact ones.
"""


@dataclass(frozen=True)
class Document:
    title: str
    shown: list[tuple[Requirement, str]]
    not_applicable: tuple[NotApplicable, ...]


def noted_in(package: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if ".test_" not in found.name:
            continue
        module = importlib.import_module(found.name)
        for name, test in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and test.__module__ == found.name:
                yield f"{found.name.removeprefix('tests.protocol.').replace('.', '/')}.py", test


def packages() -> list[ModuleType]:
    found = [module.name for module in pkgutil.iter_modules(protocol.__path__) if module.ispkg]
    return [importlib.import_module(f"tests.protocol.{name}") for name in found]


def documents() -> list[Document]:
    return sorted((document_of(package) for package in packages()), key=lambda document: document.title)


def document_of(package: ModuleType) -> Document:
    shown = [
        (requirement, f"{path}::{test.__name__}")
        for path, test in noted_in(package)
        for requirement in getattr(test, "requirements", ())
    ]
    shown.sort(key=lambda row: (in_order(row[0].section), row[1]))
    return Document(package.TITLE, shown, package.NOT_APPLICABLE)


def in_order(section: str) -> list[tuple[int, str]]:
    """§10.2 after §9, and other documents after this one."""
    words = section.replace(",", " ").replace("§", " ").replace(".", " ").split()
    return [(int(word), "") if word.isdigit() else (10_000, word) for word in words]


def page() -> str:
    parts = [HEAD, *summary(documents())]
    for document in documents():
        parts += [f"\n## {document.title}\n", "| | Required | Shown by |", "|---|---|---|"]
        parts += [f"| {needed.section} | {cell(needed.words)} | `{test}` |" for needed, test in document.shown]
        if document.not_applicable:
            parts += ["\nNot applicable:\n", "| | Required | Why not here |", "|---|---|---|"]
            parts += [f"| {one.section} | {cell(one.words)} | {cell(one.why)} |" for one in document.not_applicable]
    return "\n".join(parts) + "\n"


def summary(found: list[Document]) -> list[str]:
    rows = [f"| {one.title} | {len(one.shown)} | {len(one.not_applicable)} |" for one in found]
    return ["| Document | Shown by a test | Not applicable |", "|---|---|---|", *rows]


def cell(words: str) -> str:
    return words.replace("|", "\\|")


if __name__ == "__main__":
    import django

    django.setup()
    PAGE.write_text(page())
