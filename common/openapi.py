"""Descriptions of parameters that many views of the API share."""

from drf_spectacular.utils import OpenApiParameter

from common.listing import Fields


def list_parameters(fields: Fields, *, paged: bool = True) -> list[OpenApiParameter]:
    """Return the parameters that `common.listing` reads; a count has no pages."""
    names = ", ".join(fields.filterable)
    narrowing = [
        OpenApiParameter("filterBy", str, description=f"Comma-joined conditions such as name==value over: {names}."),
        OpenApiParameter("search", str),
    ]
    if not paged:
        return narrowing
    return [
        *narrowing,
        OpenApiParameter("sortBy", str, enum=list(fields.sortable)),
        OpenApiParameter("sortOrder", str, enum=["asc", "desc"], default="asc"),
        OpenApiParameter("offset", {"type": "integer", "minimum": 0, "maximum": 2**31}, default=0),
        OpenApiParameter(
            "limit", {"type": "integer", "minimum": 1, "maximum": fields.max_limit}, default=fields.default_limit
        ),
    ]
