"""Nothing in the product is there for its own test alone."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from tests.habits.test_sizes_and_names import APPS, ROOT, tracked

SEARCHED = (*APPS, "cli", "bench")
# Django, gunicorn and the formats of a language look these up by name.
LOOKED_UP = {
    "DatabaseWrapper",
    "DATETIME_FORMAT",
    "DATE_FORMAT",
    "TIME_FORMAT",
    "app_name",
    "handler400",
    "handler403",
    "handler404",
    "handler500",
    "limit_request_line",
    "urlpatterns",
    "when_ready",
    "worker_exit",
}
# drf-spectacular finds its extensions, and Django its applications, by their base class.
FOUND_BY_BASE = {"AppConfig", "OpenApiAuthenticationExtension"}

Place = tuple[Path, int]


def modules() -> dict[Path, ast.Module]:
    files = [f for f in tracked("*.py") if f.relative_to(ROOT).parts[0] in SEARCHED]
    return {file: ast.parse(file.read_text()) for file in files if "migrations" not in file.parts}


def used_in(trees: dict[Path, ast.Module]) -> dict[str, list[Place]]:
    """Return where each name is read: as a name, as an attribute, or as a word of a short text (a dotted path)."""
    places: dict[str, list[Place]] = defaultdict(list)
    for file, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                places[node.id].append((file, node.lineno))
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                places[node.attr].append((file, node.lineno))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
                for word in re.findall(r"\w+", node.value):
                    places[word].append((file, node.lineno))
    return places


def defined_in(tree: ast.Module) -> list[tuple[str, ast.stmt]]:
    """Return the functions, classes and constants of a module, but for those that a decorator or a base registers."""
    found: list[tuple[str, ast.stmt]] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bases = {ast.unparse(base).split(".")[-1] for base in getattr(node, "bases", ())}
            if not node.decorator_list and not bases & FOUND_BY_BASE:
                found.append((node.name, node))
        elif isinstance(node, ast.Assign):
            found += [(target.id, node) for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append((node.target.id, node))
    return [(name, node) for name, node in found if name not in LOOKED_UP and not name.startswith("__")]


def test_the_product_uses_all_that_it_defines() -> None:
    trees = modules()
    used = used_in(trees)
    # Django and its libraries read them.
    settings = {ROOT / "runai_identity" / name for name in ("settings.py", "published_api.py")}
    pages = set(re.findall(r"\w+", "\n".join(f.read_text() for f in tracked("templates/**", "pyproject.toml"))))

    unused = [
        f"{file.relative_to(ROOT)}:{node.lineno} {name}"
        for file, tree in trees.items()
        if file not in settings
        for name, node in defined_in(tree)
        if name not in pages
        and not any(at != file or not node.lineno <= line <= (node.end_lineno or 0) for at, line in used[name])
    ]

    assert unused == []
