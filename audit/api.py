from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpResponseBase, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.models import OF_KUBERNETES, Event
from audit.serialized import EventOut, as_shown
from common.api import Needs, Requires, refusals
from common.downloads import streamed_csv, streamed_json
from common.errors import Invalid
from common.keyset import in_pieces
from common.listing import Fields, narrow, number_asked, page, timestamp

COLUMNS = {
    "timestamp": "at",
    "subject": "subject",
    "subject_type": "subject_type",
    "source_ip": "source_ip",
    "action": "action",
    "http_method": "http_method",
    "result": "result",
    "url": "url",
    "entity_type": "entity_type",
    "entity_name": "entity_name",
    "entity_id": "entity_id",
}
FIELDS = Fields(
    sortable={**COLUMNS, "timestamp": ("at", "pk")},
    filterable={
        **COLUMNS,
        "subject_id": "subject_id",
        "reason": "reason",
        "request_id": "request_id",
        "caller_request_id": "caller_request_id",
        "client_id": "client_id",
        "session_id": "session_id",
        "token_id": "token_id",
        "cluster_id": "cluster_id",
    },
    same={"token_id": lambda id_: Q(token_id=id_.removeprefix(OF_KUBERNETES))},
    searched=("action", "subject", "entity_name"),
    default_sort=("at", "pk"),
    ties=("-at", "-pk"),
)

MOST_SAMPLES = 1000
MOST = 2**31
# Of a file in another order than that of time: all of it has to be sorted for each piece.
MOST_SORTED = 20_000


class EventPage(serializers.Serializer[object]):
    total = serializers.IntegerField()
    next = serializers.IntegerField(allow_null=True)
    audit_logs = EventOut(many=True)


PARAMETERS = [
    OpenApiParameter("start", OpenApiTypes.STR, description="Earliest time, ISO 8601."),
    OpenApiParameter("end", OpenApiTypes.STR, description="Latest time, ISO 8601."),
    *(OpenApiParameter(name, OpenApiTypes.STR) for name in ("filterBy", "search")),
    OpenApiParameter("sortBy", OpenApiTypes.STR, enum=list(COLUMNS)),
]

SAMPLES = OpenApiParameter("numberOfSamples", int)


def _order(default: str) -> OpenApiParameter:
    return OpenApiParameter("sortOrder", OpenApiTypes.STR, enum=["asc", "desc"], default=default)


FILE_TYPE = OpenApiParameter("file_type", enum=["CSV", "JSON"])


def selected(request: Request) -> QuerySet[Event]:
    params = request.query_params
    events = Event.objects.all()
    if start := params.get("start"):
        events = events.filter(at__gte=timestamp(start, "start"))
    if end := params.get("end"):
        events = events.filter(at__lte=timestamp(end, "end"))
    return narrow(events, params, FIELDS)


class AuditLog(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("events-history", "read")}

    @extend_schema(
        parameters=[*PARAMETERS, _order("asc"), OpenApiParameter("offset", int), SAMPLES],
        responses={200: EventPage, **refusals(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """Oldest first, unless sortOrder says otherwise; `next` is the offset of the page after this one, or null."""
        params = request.query_params
        events = selected(request)
        samples = number_asked(params, "numberOfSamples", 20, 0, MOST_SAMPLES)
        total = events.count()
        rows = _page(events, params, samples, total=total) if samples else []
        end = number_asked(params, "offset", 0, 0, 2**31) + len(rows)
        body = {"total": total, "next": end if rows and end < total else None}
        return Response({**body, "audit_logs": EventOut(rows, many=True).data})


class AuditLogFile(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("events-history", "read")}

    @extend_schema(
        parameters=[*PARAMETERS, _order("desc"), SAMPLES, FILE_TYPE],
        responses={(200, "application/json"): EventOut(many=True), (200, "text/csv"): str, **refusals(400, 401, 403)},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """The newest events as a file, written while it is read: `numberOfSamples` of them, or all that there are.

        sortOrder asc gives the oldest ones; sorted by another column than the time there are at most 20,000.
        """
        kind = request.query_params.get("file_type", "CSV")
        rows = as_shown(chain.from_iterable(_pieces(request)))
        if kind == "JSON":
            return streamed_json("audit-log.json", rows)
        return streamed_csv("audit-log.csv", EventOut.Meta.fields, rows)


def _pieces(request: Request) -> Iterator[list[Event]]:
    """Everything is checked before the first piece is read: then it is too late to refuse."""
    params, events = request.query_params, selected(request)
    by_time = params.get("sortBy") in (None, "", "timestamp")
    samples = number_asked(params, "numberOfSamples", MOST if by_time else MOST_SORTED, 0, MOST)
    if not by_time and samples > MOST_SORTED:
        raise Invalid("bad_number", f"numberOfSamples is at most {MOST_SORTED} where sortBy is not timestamp.")
    if not by_time or not samples:
        return iter([_page(events, params, samples, order="desc")] if samples else [])
    return _first(samples, in_pieces(events, "at", descending=params.get("sortOrder", "desc") == "desc"))


def _first(count: int, pieces: Iterable[list[Event]]) -> Iterator[list[Event]]:
    for piece in pieces:
        yield piece[:count]
        count -= len(piece)
        if count <= 0:
            return


def _page(
    events: QuerySet[Event], params: QueryDict, size: int, *, order: str = "asc", total: int | None = None
) -> list[Event]:
    wanted = params.copy()
    wanted.setdefault("sortOrder", order)
    wanted["limit"] = str(size)
    return page(events, wanted, replace(FIELDS, max_limit=MOST_SORTED), total=total)
