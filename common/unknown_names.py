"""Refuse by its name what a request carries and nobody reads: an answer that ignores a word of the question is wrong.

`expiresAt` on an access rule made "temporary" access permanent as long as it was taken and dropped. What a view
declares for the API's description is what it reads, so that the description is the list of what is known.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from common.errors import Invalid

if TYPE_CHECKING:
    from rest_framework.views import APIView


MOST_NAMED = 3
LONGEST_NAME = 60


class KnownFields(serializers.Serializer[Any]):
    """What a request's body may have: the fields declared here, and those in `passed_over`."""

    passed_over: ClassVar[frozenset[str]] = frozenset()
    """Names that are taken and not read: clients of the platform send them, or a PUT sends back what a GET showed."""

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            if isinstance(field, serializers.ChoiceField):
                choices = ", ".join(str(choice) for choice in field.choices if choice != "")
                field.error_messages["invalid_choice"] = f'"{{input}}" is not a valid choice. It takes: {choices}.'
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {name for name, field in self.fields.items() if not field.read_only}
            unknown = [name for name in data if name not in known and name not in self.passed_over]
            if unknown:
                raise serializers.ValidationError(_refused(unknown, known), "unknown_field")
        return super().to_internal_value(data)


class KnownParameters(BasePermission):
    """Refuses query parameters that the method doesn't declare, and a body where it declares none.

    A permission, since these are asked of every view and before it works, and after `Declared`: who may not call it
    learns nothing of it.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        method = "get" if request.method == "HEAD" else (request.method or "").lower()
        if not hasattr(view, method) or method == "options":
            return True
        parameters, takes_body = _declared(type(view), method)  # type: ignore[arg-type]  # a class is hashable
        for name in request.query_params:
            if name not in parameters:
                raise Invalid("unknown_parameter", _parameter(name, parameters))
        if not takes_body and method != "get" and isinstance(request.data, Mapping) and request.data:
            raise Invalid("unknown_field", f"{_short(next(iter(request.data)))}: This request has no fields.")
        return True


@cache
def _declared(view: type["APIView"], method: str) -> tuple[frozenset[str], bool]:
    """The query parameters that a view's method declares by `extend_schema`, and whether it declares a body."""
    described = getattr(getattr(view, method), "kwargs", {}).get("schema")
    if described is None:
        return frozenset(), False
    schema = described()
    schema.view = view(request=None, kwargs={})
    names: set[str] = set()
    for one in schema.get_override_parameters():
        if isinstance(one, OpenApiParameter):
            names |= {one.name} if one.location == OpenApiParameter.QUERY else set()
        else:
            names |= one().fields.keys()
    takes_body = method in ("post", "put", "patch") and schema.get_request_serializer() is not None
    return frozenset(names), takes_body


def _refused(unknown: list[str], known: Iterable[str]) -> dict[str, list[str]]:
    """Name the first few, and for the first alone what was meant: anybody may send thousands."""
    told = {_short(name): ["There is no such field here."] for name in unknown[:MOST_NAMED]}
    told[_short(unknown[0])] = [f"There is no such field here.{_instead(unknown[0], known)}"]
    if len(unknown) > MOST_NAMED:
        told["non_field_errors"] = [f"So it is with {len(unknown) - MOST_NAMED} more."]
    return told


def _parameter(name: str, known: frozenset[str]) -> str:
    if "filterBy" in known:
        return (
            f"{_short(name)}: There is no such parameter here. Lists are narrowed by filterBy.{_instead(name, known)}"
        )
    return f"{_short(name)}: There is no such parameter here.{_instead(name, known)}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def _instead(name: str, known: Iterable[str]) -> str:
    """Name the one that was meant, or all there are."""
    name = name[:LONGEST_NAME]
    spelled = {one.lower().replace("_", ""): one for one in sorted(known)}
    near = get_close_matches(name.lower().replace("_", ""), spelled, n=1, cutoff=0.7)
    if near:
        return f" Did you mean {spelled[near[0]]}?"
    return f" It takes: {', '.join(sorted(known))}." if spelled else ""
