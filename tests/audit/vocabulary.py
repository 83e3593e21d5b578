"""The actions and reasons that the source records, found by following the arguments of `audit.record`."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from inspect import signature
from itertools import product
from pathlib import Path
from typing import NamedTuple

from access.models import ScopeType
from accounts.models.mail import LinkPurpose
from audit.services import record
from clustersync.models import CredentialKind
from clustersync.services.clusters_power import SHARING

ROOT = Path(__file__).parents[2]
APPS = ("access", "accounts", "audit", "clustersync", "common", "runai_identity", "sso", "tokens")
# A cluster's scope is made and removed by the same functions.
BELOW_THE_TENANT = [type_.value for type_ in ScopeType if type_ not in (ScopeType.SYSTEM, ScopeType.TENANT)]
# What the parts of an action may be that is put together.
PARTS: dict[str, Iterable[str]] = {
    "type_.value": BELOW_THE_TENANT,
    "scope.type": BELOW_THE_TENANT,
    "row.purpose": LinkPurpose.values,
    "kind": CredentialKind.values,
    "credential.kind": CredentialKind.values,
    "what": [field.replace("_", "-") for field in SHARING],
    "how": ("begin", "end"),
}
Function = ast.FunctionDef


class Place(NamedTuple):
    """An expression, with the function and the module in which it is evaluated, and what was followed to it."""

    expression: ast.expr
    function: Function | None
    module: ast.Module
    followed: frozenset[ast.expr] = frozenset()


class Unfollowed(NamedTuple):
    """An expression whose value the source alone doesn't tell."""

    file: str
    expression: str


@cache
def modules() -> dict[str, ast.Module]:
    files = (file for app in APPS for file in sorted((ROOT / app).rglob("*.py")))
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text()) for file in files}


def _file_of(module: ast.Module) -> str:
    return next(name for name, one in modules().items() if one is module)


@cache
def _calls() -> dict[str, list[tuple[ast.Call, Function | None, ast.Module]]]:
    """Return the calls of each function, with the function around each."""
    found: dict[str, list[tuple[ast.Call, Function | None, ast.Module]]] = {}
    for module in modules().values():
        inside = {node: one for one in ast.walk(module) if isinstance(one, Function) for node in ast.walk(one)}
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                found.setdefault(ast.unparse(node.func), []).append((node, inside.get(node), module))
    return found


def recorded(argument: str, position: int | None = None) -> Iterator[Place]:
    for call, function, module in _calls()["audit.record"]:
        for expression in _given(call, argument, position):
            yield Place(expression, function, module)


def details_recorded() -> set[str]:
    """Return the keys of the details that calls name, but for those that a mapping brings along."""
    own = {None, *signature(record).parameters}
    return {str(one.arg) for call, _, _ in _calls()["audit.record"] for one in call.keywords if one.arg not in own}


def _given(call: ast.Call, name: str, position: int | None) -> Iterator[ast.expr]:
    yield from (one.value for one in call.keywords if one.arg == name)
    if position is not None and position < len(call.args):
        yield call.args[position]


def values(place: Place) -> Iterator[str | Unfollowed]:
    """Return every text that the expression may be. Follow constants, variables, parameters and returned values."""
    expression, _, module, followed = place
    if expression in followed:
        return
    place = place._replace(followed=followed | {expression})
    if isinstance(expression, ast.Constant):
        yield from [expression.value] if isinstance(expression.value, str) else []
    elif isinstance(expression, ast.IfExp):
        yield from values(place._replace(expression=expression.body))
        yield from values(place._replace(expression=expression.orelse))
    elif isinstance(expression, ast.BoolOp):
        for part in expression.values:
            yield from values(place._replace(expression=part))
    elif isinstance(expression, ast.JoinedStr):
        yield from _put_together(expression, module)
    elif isinstance(expression, ast.Name):
        yield from _named(expression.id, place)
    elif isinstance(expression, ast.Call) and (called := _defined(ast.unparse(expression.func), module)):
        for returned in ast.walk(called):
            if isinstance(returned, ast.Return) and returned.value:
                yield from values(Place(returned.value, called, module, place.followed))
    else:
        yield Unfollowed(_file_of(module), ast.unparse(expression))


def _put_together(expression: ast.JoinedStr, module: ast.Module) -> Iterator[str | Unfollowed]:
    parts = [
        [str(part.value)] if isinstance(part, ast.Constant) else PARTS.get(ast.unparse(part.value), ())  # type: ignore[attr-defined]
        for part in expression.values
    ]
    if all(parts):
        yield from map("".join, product(*parts))
    else:
        yield Unfollowed(_file_of(module), ast.unparse(expression))


def _named(name: str, place: Place) -> Iterator[str | Unfollowed]:
    _, function, module, followed = place
    parameters = [one.arg for one in [*function.args.args, *function.args.kwonlyargs]] if function else []
    if function and name in parameters:
        position = parameters.index(name) if name in [one.arg for one in function.args.args] else None
        for call, around, where in _calls().get(function.name, ()):
            if function.name.startswith("_") and where is not module:
                continue
            for given in _given(call, name, position):
                yield from values(Place(given, around, where, followed))
        return
    found = list(_assigned(name, function or module)) or list(_assigned(name, module)) or list(_imported(name))
    for given in found:
        yield from values(place._replace(expression=given))
    if not found:
        yield Unfollowed(_file_of(module), name)


def _assigned(name: str, within: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(within):
        if isinstance(node, ast.Assign | ast.NamedExpr):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield from (
                given for one, given in _pairs(target, node.value) if isinstance(one, ast.Name) and one.id == name
            )


def _pairs(target: ast.expr, given: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Return each target of an assignment with what is assigned to it: `A, B = 1, 2` has two."""
    if isinstance(target, ast.Tuple) and isinstance(given, ast.Tuple):
        yield from zip(target.elts, given.elts, strict=True)
    else:
        yield target, given


def _imported(name: str) -> Iterator[ast.expr]:
    if name.isupper():
        for module in modules().values():
            yield from (given for node in module.body for given in _assigned(name, node))


def _defined(name: str, module: ast.Module) -> Function | None:
    return next((one for one in ast.walk(module) if isinstance(one, Function) and one.name == name), None)


def codes_raised(exception: str, within: str = "") -> Iterator[str]:
    """Return the codes with which an exception is raised, in all modules or in one."""
    for call, _, module in _calls().get(exception, ()):
        if (not within or module is modules()[within]) and isinstance(code := call.args[0], ast.Constant):
            yield str(code.value)


def codes_returned(file: str, begin: str) -> Iterator[str]:
    """Return the codes that functions of a module return whose names begin like this."""
    for function in ast.walk(modules()[file]):
        if isinstance(function, Function) and function.name.startswith(begin):
            for returned in ast.walk(function):
                if isinstance(returned, ast.Return):
                    constants = (node.value for node in ast.walk(returned) if isinstance(node, ast.Constant))
                    yield from (str(one) for one in constants if re.fullmatch("[a-z]+(_[a-z]+)+", str(one)))
