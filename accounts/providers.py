"""What accounts must ask of the layer above it, which knows the identity providers.

Wired by the setting ACCOUNTS_PROVIDERS, a dotted path to a class with these methods (`sso.providers.Providers`).
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Session


@dataclass(frozen=True)
class Button:
    """One way to sign in elsewhere; `path` begins it."""

    name: str
    path: str
    alias: str


class Providers(Protocol):
    def is_enabled(self, provider_id: UUID) -> bool:
        """Whether people may still be signed in by this provider; False when it is gone."""

    def buttons(self) -> list[Button]:
        """Of the enabled providers, in their order."""

    def button(self, alias: str) -> Button | None:
        """Of this provider, if it is enabled."""

    def sign_out_path(self, session: Session) -> str:
        """Where a browser goes on to end the provider's session too; empty where it can't be."""


def providers() -> Providers:
    made: Providers = import_string(settings.ACCOUNTS_PROVIDERS)()
    return made


def is_cut_off(session: Session) -> bool:
    """Whether the provider that signed them in was disabled or removed since."""
    return session.provider_id is not None and not providers().is_enabled(session.provider_id)
