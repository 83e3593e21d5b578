"""Keep what people let applications know: remembered, asked again when it is more, withdrawn when they like."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

import audit.services as audit
from accounts.models import User
from accounts.ports.authority import authority
from common.actors import Actor
from common.errors import NotFound
from common.locking import hold, lock
from tokens.models import Application, AuthorizationCode, Consent, DeviceCode, Grant
from tokens.services.gate import NotAdmitted
from tokens.services.grants import end


def remembered(*, user: User, application: Application) -> Consent | None:
    return Consent.objects.filter(user=user, application=application).first()


def what_is_new(
    consent: Consent, *, application: Application, scopes: Collection[str], audience: str, redirect_uri: str
) -> list[str]:
    """Return what was not agreed to, in sentences for the person; nothing if the consent covers the request.

    A redirect URI or an audience that was added to the client, and a new secret or key, may be somebody else's doing.
    """
    new = []
    if not set(scopes) <= set(consent.scopes):
        new.append("It asks to know more than before.")
    if audience and audience not in consent.audiences:
        new.append("It asks to act for you in a place where it could not before.")
    if not application.is_one_of(redirect_uri, consent.redirect_uris):
        new.append("It takes you to an address that it did not have before.")
    if not set(application.proofs()) <= set(consent.proofs):
        new.append("Its secret or its keys were replaced since: make sure that it is still the one you know.")
    return new


@transaction.atomic
def remember(
    *, user: User, application: Application, scopes: Collection[str], audience: str = "", redirect_uri: str = ""
) -> Consent:
    """Add to what this person lets this application know, and to where it may send them."""
    hold(user, application)
    consent, first = Consent.objects.select_for_update().get_or_create(user=user, application=application)
    known = application.redirect_uris.split() if first else consent.redirect_uris
    consent.scopes = sorted({*consent.scopes, *scopes})
    # One of ours that asks for no audience asks for all; what somebody else's has of its own needs no mention.
    named = [audience] if audience or application.first_party else []
    consent.audiences = sorted({*consent.audiences, *named})
    consent.redirect_uris = sorted({*known, *([redirect_uri] if redirect_uri else [])})
    consent.proofs = application.proofs()
    consent.save(update_fields=["scopes", "audiences", "redirect_uris", "proofs", "updated_at"])
    audit.record("consent:give", actor=user, target=application, scopes=list(scopes), audience=audience)
    return consent


def require_given(
    *, user: User, application: Application, scopes: Collection[str], audience: str = "", redirect_uri: str
) -> None:
    """Refused unless this is covered; who withdraws it waits for the end of the transaction around this."""
    given = Consent.objects.select_for_update().filter(user=user, application=application).first()
    if given is None or what_is_new(
        given, application=application, scopes=scopes, audience=audience, redirect_uri=redirect_uri
    ):
        raise NotAdmitted("consent_missing", "Consent was withdrawn. Begin again at the application.")


def forget_what_is_gone(application: Application) -> None:
    """Take out of its consents whatever it is registered for no more: added again later, it is asked for again."""
    present = {
        "scopes": set(application.scopes),
        "audiences": {application.client_id, *application.audiences},
        "redirect_uris": set(application.redirect_uris.split()),
    }
    narrowed = []
    for consent in Consent.objects.select_for_update().filter(application=application).order_by("pk"):
        kept = {name: [each for each in getattr(consent, name) if each in known] for name, known in present.items()}
        if any(kept[name] != getattr(consent, name) for name in kept):
            vars(consent).update(kept)
            narrowed.append(consent)
    Consent.objects.bulk_update(narrowed, list(present), batch_size=500)


@transaction.atomic
def withdraw(*, actor: Actor, consent: Consent) -> None:
    """Sign the application out of this person's account; it has to ask again. NotFound if it was withdrawn already."""
    if consent.user != actor:
        authority().require(actor, "update", "users")
        authority().require_at_least(actor, consent.user)
    lock(consent.user)
    hold(consent.application)
    given, _ = Consent.objects.filter(pk=consent.pk).delete()
    if not given:
        raise NotFound("not_found", "This consent was withdrawn already.")

    audit.record("consent:withdraw", actor=actor, target=consent.application, user=consent.user.email)
    # What was approved and not fetched yet goes first: who is just fetching it has a grant when that is done.
    AuthorizationCode.objects.filter(session__user=consent.user, application=consent.application).delete()
    DeviceCode.objects.filter(approved_in__user=consent.user, application=consent.application).delete()
    live = Grant.objects.select_related("session", "application").filter(
        session__user=consent.user, application=consent.application, revoked_at=None
    )
    live = live.order_by("session", "pk")
    for grant in live:
        end(actor=actor, grant=grant, because="consent withdrawn")


def visible_consents(actor: Actor) -> QuerySet[Consent]:
    """Those of the people whom the actor may know of."""
    rows = Consent.objects.select_related("user", "application")
    return authority().of_visible_users(actor, rows)
