"""How much each address takes in a request's body, as its view declares it (common.body_limits, common.parsers)."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from common import body_limits
from common.middleware import SHARED_FILES
from tests.access.test_deny_by_default import ROUTES, SAMPLES, VIEWS

OPENAPI = Path(__file__).parents[2] / "runai_identity" / "openapi.json"
METHODS = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Takes:
    """What one address takes, in bytes. `of_strangers` is None where nothing is read before the caller is known."""

    path: str
    methods: tuple[str, ...]
    of_strangers: int | None
    of_people: int
    with_a_file: bool = False
    is_json: bool = False

    @property
    def is_of_people(self) -> bool:
        return self.of_strangers != self.of_people

    @property
    def shown(self) -> str:
        path = re.sub("/x(?=/|$)", "/<name>", self.path.replace(SAMPLES["uuid"], "<uuid>"))
        return re.sub("/1(?=/|$)", "/<id>", path)


def addresses() -> list[Takes]:
    """Those that read a body, by their path. A few patterns of Django's own admin lead to the same views."""
    unread = (*settings.PROBES, SHARED_FILES)  # answered before anything looks for a body
    plain = [(path, view) for path, view in ROUTES if "(" not in path and not path.startswith(unread)]
    found = [_of_api(path) if path in VIEWS else _of_page(path, view) for path, view in plain]
    return sorted((one for one in found if one.methods), key=lambda one: one.path)


def without_a_body() -> list[tuple[str, str]]:
    """Operations of the API that change something and read no body: method and path."""
    known = [(method, path) for path in VIEWS for method in METHODS if hasattr(VIEWS[path], method.lower())]
    return sorted(set(known) - {(method, one.path) for one in addresses() for method in one.methods})


def _of_api(path: str) -> Takes:
    """Read by its parser, once the caller is known."""
    view = VIEWS[path]
    most: int = getattr(view, "most_bytes", body_limits.MOST_OF_ANYBODY)
    methods = tuple(method for method in METHODS if (method, path) in _described())
    return Takes(path, methods, None if view.authentication_classes else most, most, is_json=True)


def _of_page(path: str, view: Any) -> Takes:
    """Held to its bound before anything reads the form, whatever the method."""
    own: int | None = getattr(view, "most_bytes", None)
    strangers, people = own or body_limits.MOST_OF_STRANGERS, own or body_limits.MOST_OF_ANYBODY
    takes_files = bool(getattr(getattr(view, "model_admin", view), "takes_files", False))
    return Takes(path, ("POST",), strangers, people, takes_files, is_json=path.endswith("/registrations"))


@cache
def _described() -> set[tuple[str, str]]:
    """The operations that read a body, by the description of the API."""
    paths = json.loads(OPENAPI.read_text())["paths"]
    reading = [(m.upper(), t) for t, one in paths.items() for m in one if "requestBody" in one[m]]
    patterns = [(method, re.compile(re.sub(r"\{\w+\}", "[^/]+", template))) for method, template in reading]
    return {
        (method, path)
        for path, view in VIEWS.items()
        for method, pattern in patterns
        if pattern.fullmatch(path) and hasattr(view, method.lower())
    }
