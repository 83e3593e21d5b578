"""The fields of the server's JSON answers, each of the type that a command expects; Unusable where it is another."""

from __future__ import annotations

from typing import Any

from runai_identity_cli.failures import Unusable

Found = dict  # a JSON object


def text(found: Found[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else _refuse(name)


def flag(found: Found[str, Any], name: str) -> bool:
    value = found.get(name)
    return value if isinstance(value, bool) else _refuse(name)


def whole(found: Found[str, Any], name: str) -> int:
    value = found.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else _refuse(name)


def texts(found: Found[str, Any], name: str) -> list[str]:
    value = found.get(name)
    return value if isinstance(value, list) and all(isinstance(one, str) for one in value) else _refuse(name)


def record(found: Found[str, Any], name: str) -> Found[str, Any]:
    value = found.get(name)
    return value if isinstance(value, dict) else _refuse(name)


def listed(found: Found[str, Any], name: str) -> list[Any]:
    """Return a list of whatever: each item is looked at by itself."""
    value = found.get(name)
    return value if isinstance(value, list) else _refuse(name)


def records(found: Found[str, Any], name: str) -> list[Found[str, Any]]:
    value = found.get(name)
    return value if isinstance(value, list) and all(isinstance(one, dict) for one in value) else _refuse(name)


def _refuse(name: str) -> Any:
    raise Unusable(f"The server's answer has no {name} that can be used: is it a runai-identity server?")
