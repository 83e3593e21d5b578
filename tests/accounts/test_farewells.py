"""Whoever is signed out reads why: for each reason for which the source ends a session there is a text."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings

from accounts.services.sessions import BY_AN_ADMINISTRATOR, ENDED, FAREWELLS, farewell

ROOT = Path(settings.BASE_DIR)
APPS = ("accounts", "access", "tokens", "sso", "clustersync", "runai_identity")
THEIRS = {"signed out by an administrator", "ended by an administrator"}
COMPUTED = {"inactivity"}  # with the number of minutes


def reasons() -> Iterator[str]:
    """Yield what verbs are given as `because`, be it written there or a constant of the module."""
    for file in (file for app in APPS for file in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "because":
                yield from _texts(node.value, file)


def _texts(value: ast.expr, file: Path) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.Name) and value.id.isupper():
        yield getattr(import_module(".".join(file.relative_to(ROOT).with_suffix("").parts)), value.id)


@pytest.mark.parametrize("reason", sorted({*reasons()} - THEIRS - COMPUTED))
def test_no_administrator_is_named_for_what_none_did(reason: str) -> None:
    assert FAREWELLS[reason] != BY_AN_ADMINISTRATOR


@pytest.mark.parametrize("reason", sorted(THEIRS))
def test_an_administrator_is_named_who_did_it(reason: str) -> None:
    assert farewell(reason) == BY_AN_ADMINISTRATOR


def test_a_reason_that_nobody_gives_any_more_names_nobody() -> None:
    assert farewell("of an earlier version") == ENDED
