"""Answers to the port `accounts.ports.providers`: which identity providers there are."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.core import signing
from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Session, User
from accounts.ports.providers import Button
from sso.models import Identity, IdentityProvider
from sso.models.providers import with_provider_id
from sso.services.declarations import is_out_of_bounds
from sso.services.logout import can_sign_out

SIGN_OUT_SALT = "sso.sign_out"


class IdentityProviders:
    def why_not(self, provider_id: UUID, user: User) -> str:
        return why_not(with_provider_id(provider_id), user)

    def why_no_sign_in(self, users: Collection[User]) -> Mapping[User, str]:
        theirs = _providers_of([user for user in users if not user.is_local])
        reasons = {user: [why_not(provider, user) for provider in providers] for user, providers in theirs.items()}
        return {user: why[0] for user, why in reasons.items() if why and all(why)}

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


def why_not(provider: IdentityProvider | None, user: User) -> str:
    """Return the same for a provider that is read already; None for one that is gone."""
    if provider is None or not provider.enabled:
        return "provider_disabled"
    return "provider_exceeded" if is_out_of_bounds(provider, user) else ""


def _providers_of(users: Collection[User]) -> Mapping[User, list[IdentityProvider]]:
    """Return the providers that each signed in through, or came from."""
    if not users:
        return {}
    linked = set(Identity.objects.filter(user__in=users).values_list("user", "provider"))
    of_one = Q(pk__in={provider for _, provider in linked}) | Q(alias__in={user.source for user in users})
    providers = list(IdentityProvider.objects.filter(of_one))
    return {
        user: [one for one in providers if (user.pk, one.pk) in linked or one.alias == user.source] for user in users
    }


def _button(provider: IdentityProvider) -> Button:
    return Button(provider.name, reverse("sso:login", args=[provider.alias]), provider.alias)
