"""Refuse by its name what a request carries and nobody reads: an answer that ignores a word of the question is wrong.

`expiresAt` on an access rule made "temporary" access permanent as long as it was taken and dropped. What a view
declares for the API's description is what it reads, so that the description is the list of what is known.
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from common.errors import Invalid, Outdated

if TYPE_CHECKING:
    from rest_framework.views import APIView


BOOLEANS = ("true", "false", "True", "False")
# Refusals that have had a code of their own.
CODES = {"sortBy": "bad_sort", "sortOrder": "bad_sort", "file_type": "bad_file_type"}
MOST_NAMED = 3
LONGEST_NAME = 60


class KnownFields(serializers.Serializer[Any]):
    """The names that a request's body may have: the fields declared here, and those in `passed_over`."""

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

    This is a permission because permissions run for every view before its handler. It runs after
    `DeclaredPermission`, so that callers without the permission learn nothing of the parameters.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        method = "get" if request.method == "HEAD" else (request.method or "").lower()
        if not hasattr(view, method) or method == "options":
            return True
        declared = _declared(type(view), method)  # type: ignore[arg-type]  # a class is hashable
        parameters = declared.parameters
        for name, values in request.query_params.lists():
            if name not in parameters:
                raise Invalid("unknown_parameter", _parameter(name, parameters))
            _check(name, values, parameters[name])
        if method != "get":
            _check_body(request.data, takes_body=declared.takes_body)
            if not declared.takes_if_match and request.headers.get("If-Match", "*").strip() != "*":
                raise Outdated("no_version", "If-Match: What this changes has no ETag. Leave the header out.")
        return True


class DeclaredParameter(NamedTuple):
    """A declared query parameter: one of `choices`, if there are any, and repeatable if `many`."""

    many: bool = False
    choices: tuple[str, ...] = ()


class DeclaredMethod(NamedTuple):
    """The parts of a request that a view's method reads."""

    parameters: Mapping[str, DeclaredParameter] = {}
    takes_body: bool = False
    takes_if_match: bool = False


def _check(name: str, values: list[str], declared: DeclaredParameter) -> None:
    if len(values) > 1 and not declared.many:
        raise Invalid("repeated_parameter", f"{name}: It stands there {len(values)} times. Send it once.")
    if not all(value.strip(" ,") for value in values):
        # Mostly a script's variable that is unset; passed over, it would answer for everything.
        raise Invalid("empty_parameter", f"{name}: It is empty. Give it a value, or leave it out.")
    if declared.choices and not set(values) <= set(declared.choices):
        raise Invalid(CODES.get(name, "bad_value"), f"{name} takes one of: {', '.join(declared.choices)}.")


def _check_body(body: Any, *, takes_body: bool) -> None:
    if takes_body or body is None or body == {}:
        return
    if isinstance(body, Mapping):
        raise Invalid("unknown_field", f"{_short(next(iter(body)))}: This request has no fields.")
    raise Invalid("unknown_field", "This request has no body. Leave it out.")


@cache
def _declared(view: type["APIView"], method: str) -> DeclaredMethod:
    """Return what a view's method declares by `extend_schema`."""
    described = getattr(getattr(view, method), "kwargs", {}).get("schema")
    if described is None:
        return DeclaredMethod()
    schema = described()
    schema.view = view(request=None, kwargs={})
    parameters: dict[str, DeclaredParameter] = {}
    takes_if_match = False
    for one in schema.get_override_parameters():
        if not isinstance(one, OpenApiParameter):
            parameters |= dict.fromkeys(one().fields, DeclaredParameter())  # whose values the serializer checks
        elif one.location == OpenApiParameter.QUERY:
            choices = BOOLEANS if one.type is bool else tuple(map(str, one.enum or ()))
            parameters[one.name] = DeclaredParameter(many=bool(one.many), choices=choices)
        else:
            takes_if_match |= one.name == "If-Match"
    takes_body = method in ("post", "put", "patch") and schema.get_request_serializer() is not None
    return DeclaredMethod(parameters, takes_body, takes_if_match)


def _refused(unknown: list[str], known: Iterable[str]) -> dict[str, list[str]]:
    """Name the first few, and for the first alone what was meant: anybody may send thousands."""
    told = {_short(name): ["There is no such field here."] for name in unknown[:MOST_NAMED]}
    told[_short(unknown[0])] = [f"There is no such field here.{_instead(unknown[0], known)}"]
    if len(unknown) > MOST_NAMED:
        told["non_field_errors"] = [f"So it is with {len(unknown) - MOST_NAMED} more."]
    return told


def _parameter(name: str, known: Collection[str]) -> str:
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
