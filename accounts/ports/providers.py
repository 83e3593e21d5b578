"""Port: the identity providers through which people may sign in.

Wired by the setting ACCOUNTS_PROVIDERS, the dotted path to a class with these methods
(`sso.adapters.providers.IdentityProviders`).
"""

from collections.abc import Collection, Mapping
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
        """Return why this provider may not sign this user in now, as a code; empty when it may."""

    def why_no_sign_in(self, users: Collection[User]) -> Mapping[User, str]:
        """Return those of these whom no provider signs in now, with a code of `why_not`; never local users."""

    def buttons(self) -> list[Button]:
        """Return a button for each enabled provider, in their order."""

    def button(self, alias: str) -> Button | None:
        """Return this provider's button, if it is enabled."""

    def sign_out_path(self, session: Session) -> str:
        """Return where a browser goes on to end the provider's session too; empty where it can't be."""


def providers() -> Providers:
    made: Providers = import_string(settings.ACCOUNTS_PROVIDERS)()
    return made


def why_cut_off(session: Session) -> str:
    """Return why a session that goes on is not honoured: its provider is disabled, or may not speak for its user.

    Asked at each use, because that can change on either side. A code; empty when nothing is wrong.
    """
    if session.provider_id is None:
        return ""
    return providers().why_not(session.provider_id, session.user)
