"""What people let applications know: remembered, asked again when it is more, withdrawn when they like."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

import audit.services as audit
from accounts.authority import authority
from accounts.models import User
from common.actors import Actor
from common.errors import NotFound
from tokens.models import Application, AuthorizationCode, Consent, DeviceCode, RefreshChain
from tokens.services.gate import Refused
from tokens.services.grants import end


def remembered(*, user: User, application: Application) -> Consent | None:
    return Consent.objects.filter(user=user, application=application).first()


def covers(consent: Consent, *, scopes: Collection[str], audience: str = "") -> bool:
    return set(scopes) <= set(consent.scopes) and (not audience or audience in consent.audiences)


@transaction.atomic
def remember(*, user: User, application: Application, scopes: Collection[str], audience: str = "") -> Consent:
    """Add to what this person lets this application know."""
    consent, _ = Consent.objects.select_for_update().get_or_create(user=user, application=application)
    consent.scopes = sorted({*consent.scopes, *scopes})
    consent.audiences = sorted({*consent.audiences, *([audience] if audience else [])})
    consent.save(update_fields=["scopes", "audiences", "updated_at"])
    audit.record("consent:give", actor=user, target=application, scopes=list(scopes), audience=audience)
    return consent


def hold(*, user: User, application: Application, scopes: Collection[str], audience: str = "") -> None:
    """Refused unless this is covered; who withdraws it waits for the end of the transaction around this."""
    given = Consent.objects.select_for_update().filter(user=user, application=application).first()
    if given is None or not covers(given, scopes=scopes, audience=audience):
        raise Refused("consent_missing", "Consent was withdrawn. Begin again at the application.")


@transaction.atomic
def withdraw(*, actor: Actor, consent: Consent) -> None:
    """The application is signed out of this person's account, and has to ask again; NotFound when it has already."""
    if consent.user != actor:
        authority().require(actor, "update", "users")
        authority().require_at_least(actor, consent.user)
    given, _ = Consent.objects.filter(pk=consent.pk).delete()
    if not given:
        raise NotFound("not_found", "This consent was withdrawn already.")

    audit.record("consent:withdraw", actor=actor, target=consent.application, user=consent.user.email)
    # What was approved and not fetched yet goes first: who is just fetching it has a chain when that is done.
    AuthorizationCode.objects.filter(session__user=consent.user, application=consent.application).delete()
    DeviceCode.objects.filter(approved_in__user=consent.user, application=consent.application).delete()
    live = RefreshChain.objects.select_related("session", "application").filter(
        session__user=consent.user, application=consent.application, revoked_at=None
    )
    for chain in live:
        end(actor=actor, chain=chain, because="consent withdrawn")


def visible_consents(actor: Actor) -> QuerySet[Consent]:
    """Those of the people whom the actor may know of."""
    visible = Consent.objects.filter(user__in=authority().visible_users(actor))
    return visible.select_related("user", "application")
