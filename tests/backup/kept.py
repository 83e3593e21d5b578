"""A server with people, applications, clusters and providers; and the same database without a row."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command

from runai_identity.backup import container, rows
from tests import cast
from tests.gate.paths import PATHS
from tests.gate.world import World
from tests.keys import plant_keys
from tokens import keyring

Held = dict[str, Any]


def world_with_everything() -> tuple[World, Held]:
    """Return it with what people and programs hold of it, under the words of the gate's paths."""
    tree = cast.plant_tree()
    plant_keys()
    bob, robo = cast.person("bob"), cast.make_robo()
    cast.rule("user", bob.email, "Editor", tree.faces)
    cast.rule("group", cast.make_group("researchers", bob).name, "L1 researcher", tree.faces)
    cast.rule("app", robo.client_id, "Viewer", tree.vision)
    world = World(bob, robo, cast.make_prod_cluster(tree))
    held: Held = {}
    for what in dict.fromkeys(path.holds for path in PATHS.values()):
        world.hold(what)
        held[what] = world.held
    return world, held


def empty_the_database() -> None:
    """Leave it as after `manage.py migrate`, with other numbers of permissions on PostgreSQL."""
    call_command("flush", interactive=False, verbosity=0)
    keyring.forget()


def back_up(file: Path) -> str:
    out = StringIO()
    call_command("backup", str(file), stdout=out, stderr=out)
    return out.getvalue()


def restore(file: Path) -> str:
    out = StringIO()
    call_command("restore", str(file), stdout=out)
    keyring.forget()
    return out.getvalue()


def lines_of(file: Path) -> list[Any]:
    with container.reading(file) as content:
        return [json.loads(line) for line in content]


def write_lines(file: Path, lines: list[Any]) -> None:
    with file.open("wb") as out, container.writing(out) as content:
        content.writelines(json.dumps(line).encode() + b"\n" for line in lines)


def filled_tables() -> list[str]:
    planted = ("django_content_type", "auth_permission")
    return [one.name for one in rows.tables() if one.name not in planted and one.model._base_manager.exists()]


@contextmanager
def nothing_is_written() -> Iterator[None]:
    assert filled_tables() == []
    yield
    assert filled_tables() == []
