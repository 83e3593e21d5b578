"""Answers to the port `access.ports.applications`."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from common.actors import Principal
from tokens.models import Application


class RegisteredApplications:
    def named(self, client_id: str) -> Application | None:
        return Application.objects.filter(client_id=client_id).first()

    def with_id(self, id_: UUID) -> Application | None:
        return Application.objects.filter(pk=id_).first()

    def why_no_token(self, application: Principal) -> str:
        if not isinstance(application, Application) or application.acts_for_itself:
            return ""
        if application.is_public:
            return "the application is public, so it acts for people alone"
        return "the application is not registered for the grant type client_credentials, so it acts for people alone"

    def enabled_among(self, client_ids: QuerySet[Any, Any], *, after: str, limit: int) -> Iterable[Application]:
        among = Application.objects.filter(enabled=True, client_id__in=client_ids, client_id__gt=after)
        return among.order_by("client_id")[:limit]
