"""Characters that can't be seen: refused in every name, by whatever way the name comes in."""

import ast
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from runai_identity_cli import terminal

from accounts.models import User
from accounts.names import is_group_name
from common.visible import INVISIBLE, is_visible, shows
from sso.mapping import DEFAULTS, map_attributes
from tests.conftest import APIAs
from tests.habits.test_sizes_and_names import PRODUCT, ROOT

UNSEEN = ["\u034f", "\u2800", "\u115f", "\u3164", "\U000e0101", "\ufe0f", "\u202e", "\u200b", "\ufeff", "\u00ad", "\n"]
# By address: what makes a row there, and its fields that are names.
MADE: dict[str, dict[str, Any]] = {
    "/api/v1/users": {"email": "new@example.com"},
    "/api/v1/groups": {"name": "new", "description": "All"},
    "/api/v1/apps": {"name": "new", "displayName": "New"},
    "/api/v1/clusters": {"name": "new", "usernamePrefix": "new:", "extraGroups": ["new"]},
}
# ASCII alone is taken there; and modules that run without `common`.
ASCII_ALONE = {"accounts/returning.py", "sso/messages.py", "tokens/models/applications.py", "sso/api/idps.py"}
WITHOUT_COMMON = {"clustersync/agent/names.py", "clustersync/agent/received.py"}


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
@pytest.mark.parametrize("address", MADE)
def test_nothing_is_made_with_one_in_its_name(ada: User, api_as: APIAs, address: str, unseen: str) -> None:
    body = MADE[address]
    for name, value in body.items():
        inside = [f"{value[0]}{unseen}x"] if isinstance(value, list) else f"{value}{unseen}x"
        assert api_as(ada).post(address, {**body, name: inside}, format="json").status_code == 400, name


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
def test_a_directory_asserts_no_group_and_no_name_with_one(unseen: str) -> None:
    said = {"email": ["a@b.com"], "GROUPS": ["admins", f"admins{unseen}"], "firstName": [f"A{unseen}da"]}

    mapped = map_attributes(said, DEFAULTS)

    assert (mapped.groups, mapped.first_name) == (("admins",), "")
    assert len(mapped.notes) == 2


@pytest.mark.parametrize("text", ["\u0301", "\u2800", " ", ""])
def test_a_group_has_a_name_that_shows(text: str) -> None:
    assert not is_group_name(text)


# With an accent of its own, with one that is a mark, of Japan with a variation selector, a symbol, of Thailand.
PEOPLE = ["Jos\u00e9", "Jose\u0301", "\u845b\U000e0100\u57ce", "\u2764\ufe0f", "\u0e40\u0e14\u0e47\u0e01", "a b"]


@pytest.mark.parametrize("text", PEOPLE, ids=ascii)
def test_names_of_people_are_seen(text: str) -> None:
    assert is_visible(text) and shows(text)


def test_the_command_line_knows_the_same() -> None:
    assert terminal.INVISIBLE == INVISIBLE


def test_each_is_one_that_python_counts_as_printable() -> None:
    assert all(one.isprintable() and unicodedata.category(one) in ("Lo", "Mn", "So") for one in INVISIBLE)


def test_nobody_asks_python_alone() -> None:
    asking = {
        str(file.relative_to(ROOT))
        for file in PRODUCT
        for node in ast.walk(ast.parse(Path(file).read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "isprintable"
    }

    assert asking == {"common/visible.py"} | ASCII_ALONE | WITHOUT_COMMON
