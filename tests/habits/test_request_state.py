"""No part of the server hangs an attribute of its own on a request: common.request_values says how it is done."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.habits.test_sizes_and_names import PRODUCT, ROOT

DJANGOS = {"user", "session", "POST", "resolver_match"}
OAUTHLIBS = {"tokens/validator.py"}  # its own request, which carries facts from method to method


def hung_on_requests(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Attribute(value=ast.Name(id="request"), attr=name, ctx=ast.Store()):
                yield name
            case ast.Call(func=ast.Name(id="setattr" | "getattr" | "hasattr"), args=[ast.Name(id="request"), name, *_]):
                yield ast.unparse(name)


def test_requests_carry_only_what_django_gives_them() -> None:
    hung = {(str(file.relative_to(ROOT)), name) for file in PRODUCT for name in hung_on_requests(file)}

    assert {(file, name) for file, name in hung if name not in DJANGOS and file not in OAUTHLIBS} == set()
