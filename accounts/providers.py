"""What accounts must ask of the layer above it, which knows the identity providers.

Wired by the setting ACCOUNTS_PROVIDERS, a dotted path to a class with these methods (`sso.providers.Providers`).
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Session, User


@dataclass(frozen=True)
class Button:
    """One way to sign in elsewhere; `path` begins it."""

    name: str
    path: str
    alias: str


class Providers(Protocol):
    def why_not(self, provider_id: UUID, user: User) -> str:
        """Why this provider may not sign this user in now, as a code; empty when it may."""

    def buttons(self) -> list[Button]:
        """Of the enabled providers, in their order."""

    def button(self, alias: str) -> Button | None:
        """Of this provider, if it is enabled."""

    def sign_out_path(self, session: Session) -> str:
        """Where a browser goes on to end the provider's session too; empty where it can't be."""


def providers() -> Providers:
    made: Providers = import_string(settings.ACCOUNTS_PROVIDERS)()
    return made


def why_cut_off(session: Session) -> str:
    """Why a session is not honoured although it goes on: its provider was disabled, or may not speak for its user.

    Asked at each use, because that can change on either side. A code; empty when nothing is wrong.
    """
    if session.provider_id is None:
        return ""
    return providers().why_not(session.provider_id, session.user)
