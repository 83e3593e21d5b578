"""Every published operation, out of the API's own description, ready to be asked for."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from drf_spectacular.generators import SchemaGenerator

from clustersync.models.refusals import WebhookRefusal

WITH_BODY = ("POST", "PUT", "PATCH")


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    fields: tuple[str, ...]
    """What its JSON body may hold; empty without a body."""
    public: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _operations() -> list[Operation]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return [
        Operation(method.upper(), path, _fields(schema, described), {} in described.get("security", [{}]))
        for path, methods in sorted(schema["paths"].items())
        for method, described in sorted(methods.items())
    ]


def _fields(schema: dict[str, Any], described: dict[str, Any]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for kind in described.get("requestBody", {}).get("content", {}).values():
        for one in [kind["schema"], *kind["schema"].get("oneOf", [])]:
            name = one.get("$ref", "").rpartition("/")[2]
            found |= dict.fromkeys(schema["components"]["schemas"].get(name, {}).get("properties", {}))
    return tuple(found)


OPERATIONS = _operations()
TAKING_A_BODY = [operation for operation in OPERATIONS if operation.fields]
PATHS = sorted({operation.path for operation in OPERATIONS})


def methods_of(path: str) -> set[str]:
    return {operation.method for operation in OPERATIONS if operation.path == path}


def counted_rows() -> dict[str, int]:
    """Of every table, to see that nothing was written.

    A refused call of a webhook is: one row for each cluster and reason (tests/clustersync/test_webhook_refusals.py).
    """
    models = [model for model in apps.get_models() if model is not WebhookRefusal]
    return {model._meta.label: model._default_manager.count() for model in models}
