"""Every verb by somebody's rights holds them before anything else; one that takes the whole tree takes that first."""

import ast
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from access.models import TENANT_ID
from tests.habits.test_verbs_are_tried_at_once import ROOT
from tests.two_at_once import making, verbs
from tests.two_at_once.world import World, plant

# What takes an actor and asks nothing of them, and why not.
ASKS_NOTHING = {
    "access.services.rules.rename_subject": "rename_user has asked",
    "access.services.rules.revoke_rules_of": "the verb that deletes the subject has asked, and each rule is asked for",
    "accounts.services.languages.choose_language": "one's own",
    "accounts.services.posix.withdraw_from": "of a directory, or of the verb that narrows it",
    "accounts.services.posix.withdraw_posix_ids": "update_provider has asked",
    "accounts.services.sessions.revoke_all": "for verbs that have asked",
    "clustersync.services.tokens.create_token": "one's own",
    "clustersync.services.tokens.revoke_token": "one's own",
    "tokens.services.grants.end": "for verbs that have asked, or one's own",
}
# What asks, and gives nothing.
GIVES_NOTHING = {
    "sso.services.metadata.refresh_metadata": "what the provider says, which is fetched each day anyway",
}

THE_SAME = {
    "access.services.several.grant_several": "grant_access, several times",
}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no locks of rows")
@pytest.mark.django_db
@pytest.mark.parametrize("name", making.BY_RIGHTS)
def test_a_verb_locks_the_tree_before_anything_and_holds_no_rights_before_it_takes_the_tree(name: str) -> None:
    """Otherwise two of them could each have what the other waits for."""
    world, locks = World(plant()), list[str]()
    if name in making.READY:
        making.READY[name](world)

    def note(go_on: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        inside = not all(getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
        if inside and " FOR " in sql and not sql.startswith("INSERT"):
            is_tree = '"access_scope"' in sql and tuple(params) == (TENANT_ID,)
            locks.append(("held" if "KEY SHARE" in sql else "taken") if is_tree else "another row")
        return go_on(sql, params, many, context)

    with connection.execute_wrapper(note):
        making.BY_RIGHTS[name](world)

    assert locks[0] == "taken" or (locks[0] == "held" and "taken" not in locks)


def acting() -> Iterator[str]:
    """Public functions of services that take an actor and write, or call in a transaction those that do."""
    for file in sorted([*ROOT.glob("*/services/*.py"), *ROOT.glob("*/services.py")]):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        functions = {one.name: one for one in ast.parse(file.read_text()).body if isinstance(one, ast.FunctionDef)}
        for name, function in functions.items():
            arguments = {one.arg for one in function.args.kwonlyargs}
            if "actor" in arguments and not name.startswith("_") and _changes(functions, name):
                yield f"{module}.{name}"


def _changes(functions: dict[str, ast.FunctionDef], name: str) -> bool:
    called = {ast.unparse(node.func) for node in ast.walk(functions[name]) if isinstance(node, ast.Call)}
    private = [functions[one] for one in called & functions.keys() if one.startswith("_")]
    return any("atomic" in ast.unparse(one) for one in (functions[name], *private)) or bool(
        {"audit.record", "announce"} & called
    )


def by_rights() -> set[str]:
    """Return by name the functions that a verb of the tables calls as its administrator."""
    found = set()
    for table in (verbs, making):
        for node in ast.walk(ast.parse(inspect.getsource(table))):
            if isinstance(node, ast.Call) and "actor=w.boss" in _keywords(node):
                found.add(ast.unparse(node.func).rpartition(".")[2])
    return found


def _keywords(call: ast.Call) -> list[str]:
    return [f"{one.arg}={ast.unparse(one.value)}" for one in call.keywords]


def test_every_verb_with_an_actor_is_among_them_or_said_why_not() -> None:
    tried = by_rights()
    excused = {**ASKS_NOTHING, **GIVES_NOTHING, **THE_SAME}

    assert [name for name in acting() if name.rpartition(".")[2] not in tried and name not in excused] == []
    assert [name for name in excused if name not in {*acting()}] == []
