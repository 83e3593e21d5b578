from dataclasses import replace
from typing import ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.models import Event
from common.api import Needs, Requires, refusals
from common.downloads import as_csv
from common.listing import Fields, narrow, page, timestamp, whole_number

COLUMNS = {
    "timestamp": "at", "subject": "subject", "subject_type": "subject_type", "source_ip": "source_ip",
    "action": "action", "http_method": "http_method", "result": "result", "url": "url", "entity_type": "entity_type",
    "entity_name": "entity_name", "entity_id": "entity_id",
}  # fmt: skip
FIELDS = Fields(
    sortable=COLUMNS,
    filterable={
        **COLUMNS, "subject_id": "subject_id", "reason": "reason", "request_id": "request_id",
        "caller_request_id": "caller_request_id", "client_id": "client_id", "session_id": "session_id",
        "token_id": "token_id", "cluster_id": "cluster_id",
    },
    searched=("action", "subject", "entity_name"),
    default_sort="at",
)  # fmt: skip

MOST_SAMPLES = 1000
MOST_IN_A_FILE = 20_000


class EventOut(serializers.ModelSerializer[Event]):
    id = serializers.CharField()
    timestamp = serializers.DateTimeField(source="at")
    tenant_id = serializers.SerializerMethodField()
    # Declared, since the bounds of a model's field are those of the database in use.
    repeated = serializers.IntegerField(min_value=0, help_text="Further refusals like this one, counted here alone.")

    class Meta:
        model = Event
        fields = (
            "id", "timestamp", "tenant_id", "action", "result", "reason", "subject", "subject_type", "subject_id",
            "source_ip", "user_agent", "http_method", "url", "entity_type", "entity_name", "entity_id", "cluster_id",
            "request_id", "metadata", "client_id", "session_id", "token_id", "caller_request_id",
            "repeated", "repeated_until",
        )  # fmt: skip

    def get_tenant_id(self, event: Event) -> str:
        return str(settings.TENANT_ID)


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
        samples = whole_number(params, "numberOfSamples", 20, 0, MOST_SAMPLES)
        rows = _page(events, params, samples) if samples else []
        total, end = events.count(), whole_number(params, "offset", 0, 0, 2**31) + len(rows)
        body = {"total": total, "next": end if rows and end < total else None}
        return Response({**body, "audit_logs": EventOut(rows, many=True).data})


class AuditLogFile(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("events-history", "read")}

    @extend_schema(
        parameters=[*PARAMETERS, _order("desc"), SAMPLES, FILE_TYPE],
        responses={(200, "application/json"): EventOut(many=True), (200, "text/csv"): str, **refusals(400, 401, 403)},
    )
    def get(self, request: Request) -> Response | HttpResponse:
        """The newest events as a file: `numberOfSamples` of them, or 20,000; others, as sortBy and sortOrder say."""
        kind = request.query_params.get("file_type", "CSV")
        samples = whole_number(request.query_params, "numberOfSamples", MOST_IN_A_FILE, 0, MOST_IN_A_FILE)
        events = _page(selected(request), request.query_params, samples, order="desc") if samples else []
        rows = EventOut(events, many=True).data
        disposition = {"Content-Disposition": f'attachment; filename="audit-log.{kind.lower()}"'}
        if kind == "JSON":
            return Response(rows, headers=disposition)
        return as_csv("audit-log.csv", EventOut.Meta.fields, rows)


def _page(events: QuerySet[Event], params: QueryDict, size: int, *, order: str = "asc") -> list[Event]:
    wanted = params.copy()
    wanted.setdefault("sortOrder", order)
    wanted["limit"] = str(size)
    return list(page(events, wanted, replace(FIELDS, max_limit=MOST_IN_A_FILE)))
