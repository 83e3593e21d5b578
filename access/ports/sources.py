"""Port: the names that each identity provider may assert.

Wired by the setting ACCESS_SOURCES, the dotted path to a class with these methods
(`sso.adapters.sources.DeclaredSources`).
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from access.assertions import Declared


class Sources(Protocol):
    def declared(self, aliases: Collection[str]) -> Mapping[str, Declared]:
        """Return what these identity providers may assert, by alias; one that is gone is left out."""

    def privileged(self) -> list[str]:
        """Return the aliases of the identity providers that may make administrators."""

    def privileging(self) -> QuerySet[Any]:
        """Return their rows, to be asked about within another query."""

    def aliases(self) -> list[str]:
        """Return the aliases of all identity providers, in their order."""


def sources() -> Sources:
    made: Sources = import_string(settings.ACCESS_SOURCES)()
    return made
