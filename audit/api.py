"""The trail by API. Field names are the platform's, snake_case; `action` is ours: noun:verb."""

import csv
import io
import json
from typing import Any, ClassVar

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
from common.errors import Invalid
from common.listing import Fields, narrow, page, timestamp, whole_number

DEFAULT_SAMPLES = 20
MOST_SAMPLES = 1000
MOST_IN_A_FILE = 10_000

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
    sortable=COLUMNS,
    filterable={**COLUMNS, "cluster_id": "cluster_id", "request_id": "request_id", "reason": "reason"},
    searched=("subject", "entity_name", "action", "request_id"),
    default_sort="at",
)
READ: Requires = {"GET": Needs("events-history", "read", tenant_wide=True)}


class EventOut(serializers.ModelSerializer[Event]):
    id = serializers.CharField()
    timestamp = serializers.DateTimeField(source="at")
    tenant_id = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = (
            "id", "timestamp", "tenant_id", "subject", "subject_type", "subject_id", "source_ip", "user_agent",
            "action", "http_method", "url", "entity_type", "entity_name", "entity_id", "result", "reason",
            "cluster_id", "request_id", "metadata",
        )  # fmt: skip

    def get_tenant_id(self, event: Event) -> str:
        return str(settings.TENANT_ID)


class EventPage(serializers.Serializer[object]):
    total = serializers.IntegerField()
    next = serializers.IntegerField(allow_null=True, help_text="The offset of the next page; null on the last.")
    audit_logs = EventOut(many=True)


PERIOD = [
    OpenApiParameter("start", OpenApiTypes.DATETIME, required=True, description="Without an offset it is UTC."),
    OpenApiParameter("end", OpenApiTypes.DATETIME, required=True),
    OpenApiParameter("filterBy", str),
    OpenApiParameter("search", str),
]
PAGE = [
    OpenApiParameter("offset", int),
    OpenApiParameter("numberOfSamples", int, description=f"0 to {MOST_SAMPLES}, {DEFAULT_SAMPLES} when left out."),
    OpenApiParameter("sortBy", str, enum=list(COLUMNS)),
    OpenApiParameter("sortOrder", str, enum=["asc", "desc"]),
]
FILE_TYPE = OpenApiParameter("file_type", str, enum=["CSV", "JSON"], default="CSV")


class EventList(APIView):
    requires: ClassVar[Requires] = READ

    @extend_schema(parameters=[*PERIOD, *PAGE], responses={200: EventPage, **refusals(400, 401, 403)})
    def get(self, request: Request) -> Response:
        params = request.query_params
        events = selected(params)
        samples = whole_number(params, "numberOfSamples", DEFAULT_SAMPLES, 0, MOST_SAMPLES)
        offset = whole_number(params, "offset", 0, 0, 2**31)
        total = events.count()

        rows = ordered(events, params, limit=samples) if samples else []
        more = 0 < samples < total - offset
        body = {"total": total, "next": offset + samples if more else None}
        return Response({**body, "audit_logs": EventOut(rows, many=True).data})


class EventFile(APIView):
    requires: ClassVar[Requires] = READ

    @extend_schema(
        parameters=[*PERIOD, *PAGE, FILE_TYPE],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **refusals(400, 401, 403)},
    )
    def get(self, request: Request) -> HttpResponse:
        """The same events as a file; without `numberOfSamples` the newest 10,000 of the period."""
        params = request.query_params
        file_type = params.get("file_type", "CSV")
        if file_type not in ("CSV", "JSON"):
            raise Invalid("bad_file_type", "file_type takes CSV or JSON.")
        samples = whole_number(params, "numberOfSamples", MOST_IN_A_FILE, 1, MOST_IN_A_FILE)
        rows: Any = EventOut(ordered(selected(params), params, limit=samples), many=True).data

        content = as_csv(rows) if file_type == "CSV" else json.dumps(rows, indent=1, default=str)
        name = f"audit-log.{file_type.lower()}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return HttpResponse(content, content_type="application/octet-stream", headers=headers)


def selected(params: QueryDict) -> QuerySet[Event]:
    """The events of the asked period, its end left out."""
    start, end = (_moment(params, name) for name in ("start", "end"))
    if start > end:
        raise Invalid("bad_time", "start is after end.")
    return narrow(Event.objects.filter(at__gte=start, at__lt=end), params, FIELDS)


def _moment(params: QueryDict, name: str) -> Any:
    if not params.get(name):
        raise Invalid("missing_parameter", f"{name} is required: an ISO 8601 time such as 2026-01-31T12:00:00Z.")
    return timestamp(params[name], name)


def ordered(events: QuerySet[Event], params: QueryDict, *, limit: int) -> QuerySet[Event]:
    """One page, the newest first unless asked otherwise."""
    wanted = params.copy()
    wanted["limit"] = str(limit)
    if "sortBy" not in params:
        wanted["sortOrder"] = params.get("sortOrder", "desc")
    fields = Fields(sortable=COLUMNS, default_sort=FIELDS.default_sort, max_limit=MOST_IN_A_FILE)
    return page(events, wanted, fields)


def as_csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    names = EventOut.Meta.fields
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    """A spreadsheet runs a cell that begins like a formula: names are typed by strangers, so it is made text."""
    text = "" if value is None else json.dumps(value) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
