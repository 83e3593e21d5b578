"""What access must ask of the layer above it, which holds the applications: which of them are there?

Wired by the setting ACCESS_APPLICATIONS, a dotted path to a class with these methods
(`tokens.principals.Applications`).
"""

from collections.abc import Iterable
from typing import Any, Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from common.actors import Principal


class Applications(Protocol):
    def named(self, client_id: str) -> Principal | None:
        """Return the application of this client id."""

    def enabled_among(self, client_ids: QuerySet[Any, Any], *, after: str, limit: int) -> Iterable[Principal]:
        """Return the first enabled ones of these whose client id comes after `after`, in the order of client ids."""


def applications() -> Applications:
    made: Applications = import_string(settings.ACCESS_APPLICATIONS)()
    return made
