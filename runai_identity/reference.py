"""The OpenAPI description, arranged for reading. Pure: the schema in, what the page shows out."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    required: bool
    note: str


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    summary: str
    parameters: list[Field]
    body: list[Field]
    answers: list[str]
    public: bool


@dataclass(frozen=True)
class ReferenceSection:
    name: str
    operations: list[Operation]


def sections(schema: Schema) -> list[ReferenceSection]:
    """One section a part of the API, in the order of their paths."""
    grouped: dict[str, list[Operation]] = defaultdict(list)
    for path, methods in sorted(schema["paths"].items()):
        for method, described in methods.items():
            grouped[_part(path)].append(_operation(schema, path, method, described))
    return [ReferenceSection(name, operations) for name, operations in grouped.items()]


def _part(path: str) -> str:
    """`/api/v1/users/{pk}` belongs to users, and what stands apart to its first word."""
    words = [word for word in path.split("/") if word and word not in ("api", "v1") and not word.startswith("{")]
    return words[0] if words else "api"


def _operation(schema: Schema, path: str, method: str, described: Schema) -> Operation:
    content = described.get("requestBody", {}).get("content", {})
    body = next((_resolved(schema, kind["schema"]) for kind in content.values()), {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=described.get("description", ""),
        parameters=[
            Field(given["name"], _type(schema, given["schema"]), given.get("required", False), given["in"])
            for given in described.get("parameters", [])
        ],
        body=_fields(schema, body),
        answers=sorted(described["responses"]),
        public={} in described.get("security", [{}]),
    )


def _fields(schema: Schema, body: Schema) -> list[Field]:
    required = body.get("required", [])
    return [
        Field(name, _type(schema, inner), name in required, inner.get("description", ""))
        for name, inner in body.get("properties", {}).items()
    ]


def _type(schema: Schema, described: Schema) -> str:
    resolved = _resolved(schema, described)
    if "enum" in resolved:
        return " or ".join(str(choice) for choice in resolved["enum"])
    if resolved.get("type") == "array":
        return f"list of {_type(schema, resolved['items'])}"
    return str(resolved.get("format") or resolved.get("type") or "object")


def _resolved(schema: Schema, described: Schema) -> Schema:
    """Return what a `$ref`, alone or in an `allOf`, points to."""
    for one in [described, *described.get("allOf", []), *described.get("oneOf", [])]:
        if reference := one.get("$ref"):
            found: Schema = schema["components"]["schemas"][reference.rpartition("/")[2]]
            return found
    return described
