"""Port: the registered applications.

Wired by the setting ACCESS_APPLICATIONS, the dotted path to a class with these methods
(`tokens.adapters.applications.RegisteredApplications`).
"""

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from common.actors import Principal


class Applications(Protocol):
    def named(self, client_id: str) -> Principal | None:
        """Return the application of this client id."""

    def with_id(self, id_: UUID) -> Principal | None: ...

    def why_no_token(self, application: Principal) -> str:
        """Return in words why this application can't get a token for itself, enabled as it is; empty if it can."""

    def enabled_among(self, client_ids: QuerySet[Any, Any], *, after: str, limit: int) -> Iterable[Principal]:
        """Return the first enabled ones of these whose client id comes after `after`, in the order of client ids."""


def applications() -> Applications:
    made: Applications = import_string(settings.ACCESS_APPLICATIONS)()
    return made
