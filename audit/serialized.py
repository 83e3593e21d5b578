"""An entry as others see it: by the API, in files, and in streams."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from rest_framework import serializers

from audit.models import Event


class EventOut(serializers.ModelSerializer[Event]):
    id = serializers.CharField()
    timestamp = serializers.DateTimeField(source="at")
    tenant_id = serializers.SerializerMethodField()
    # Declared, since the bounds of a model's field are those of the database in use.
    repeated = serializers.IntegerField(min_value=0, help_text="Further refusals like this one, counted here alone.")

    class Meta:
        model = Event
        fields = (
            "id",
            "timestamp",
            "tenant_id",
            "action",
            "result",
            "reason",
            "subject",
            "subject_type",
            "subject_id",
            "source_ip",
            "user_agent",
            "http_method",
            "url",
            "entity_type",
            "entity_name",
            "entity_id",
            "cluster_id",
            "request_id",
            "metadata",
            "client_id",
            "session_id",
            "token_id",
            "caller_request_id",
            "repeated",
            "repeated_until",
        )

    def get_tenant_id(self, event: Event) -> str:
        return str(settings.TENANT_ID)


def as_shown(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """Yield each entry as the API shows it; entries without end take no more memory than one.

    A serializer of many rows holds them in a circle, which is freed only when the garbage collector comes upon it.
    """
    one = EventOut()
    for event in events:
        yield one.to_representation(event)
