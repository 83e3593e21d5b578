"""What access asks of applications (`access.applications.Applications`)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from tokens.models import Application


class Applications:
    def named(self, client_id: str) -> Application | None:
        return Application.objects.filter(client_id=client_id).first()

    def enabled_among(self, client_ids: QuerySet[Any, Any], *, after: str, limit: int) -> Iterable[Application]:
        among = Application.objects.filter(enabled=True, client_id__in=client_ids, client_id__gt=after)
        return among.order_by("client_id")[:limit]
