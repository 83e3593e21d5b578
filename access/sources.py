"""What access must ask of the layer above it, which holds the identity providers: what may each of them assert?

Wired by the setting ACCESS_SOURCES, a dotted path to a class with these methods (`sso.sources.Sources`).
"""

from collections.abc import Collection, Mapping
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from access.assertions import Declared


class Sources(Protocol):
    def declared(self, aliases: Collection[str]) -> Mapping[str, Declared]:
        """Return what these identity providers may assert, by alias; one that is gone is left out."""

    def privileged(self) -> list[str]:
        """Return the aliases of the identity providers that may make administrators."""

    def aliases(self) -> list[str]:
        """Return the aliases of all identity providers, in their order."""


def sources() -> Sources:
    made: Sources = import_string(settings.ACCESS_SOURCES)()
    return made
