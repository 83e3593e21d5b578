"""Answers to the port `accounts.providers`: which identity providers there are."""

from uuid import UUID

from django.core import signing
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Session, User
from accounts.providers import Button
from sso.models import IdentityProvider
from sso.models.providers import with_provider_id
from sso.services.declarations import is_out_of_bounds
from sso.services.logout import can_sign_out

SIGN_OUT_SALT = "sso.sign_out"


class Providers:
    def why_not(self, provider_id: UUID, user: User) -> str:
        provider = with_provider_id(provider_id)
        if provider is None or not provider.enabled:
            return "provider_disabled"
        return "provider_exceeded" if is_out_of_bounds(provider, user) else ""

    def buttons(self) -> list[Button]:
        return [_button(provider) for provider in IdentityProvider.objects.filter(enabled=True)]

    def button(self, alias: str) -> Button | None:
        provider = IdentityProvider.objects.filter(alias=alias, enabled=True).first() if alias else None
        return _button(provider) if provider else None

    def sign_out_path(self, session: Session) -> str:
        if not can_sign_out(session):
            return ""
        # Signed, so that knowing a session's id is not enough to sign its owner out at the provider.
        ended = signing.dumps(str(session.pk), salt=SIGN_OUT_SALT)
        return f"{reverse('sso:sign-out')}?{urlencode({'session': ended})}"


def _button(provider: IdentityProvider) -> Button:
    return Button(provider.name, reverse("sso:login", args=[provider.alias]), provider.alias)
