"""Whom a provider means: the user of an identity, found, taken over or made."""

from django.db import transaction
from django.utils import timezone

from access.assertions import Unmet
from access.models import AccessRule
from access.services.locking import lock_tree
from access.services.standing import missed_as
from access.services.subjects import waits_for
from accounts.models import User
from accounts.services.groups import leaves_groups
from accounts.services.users import adopt_user, create_user
from common.actors import SYSTEM, Name
from common.announcements import Changed, announce
from common.errors import Conflict
from common.locking import hold, try_lock
from sso.mapping import EmailVerified, Person
from sso.models import Identity, IdentityProvider
from sso.said import Said
from sso.services.domain import may_not_open, verifies, within_ids
from sso.services.keeping import keep, keep_address
from sso.trial import Trial

FOUND = "The user of this identity"
# Refusals of somebody whom an administrator can link with a user.
LINKABLE = ("email_taken", "address_reused", "email_unverified", "administrator", "other_source", "no_new_users")


def admit(provider: IdentityProvider, said: Said, person: Person, trial: Trial) -> Identity:
    """The identity with its user, brought up to date; or Refused. For one transaction with what comes of it."""
    try:
        with transaction.atomic():
            return _admit(provider, said, person, trial)
    except Conflict:
        # Somebody with this address came for the first time at this moment, from another tab or as another person.
        return _admit(provider, said, person, trial)


def _admit(provider: IdentityProvider, said: Said, person: Person, trial: Trial) -> Identity:
    _hold(provider, _user_meant(provider, said, person), person, trial)
    identity = _known(provider, said)
    if identity is None or identity.user is None:
        user = _user_for_a_stranger(provider, person, trial)
        identity, _ = Identity.objects.update_or_create(
            provider=provider, issuer=said.issuer, subject=said.subject,
            defaults={"user": user, "email": person.email, "last_seen_at": timezone.now()},
        )  # fmt: skip
        announce(Changed.USER, user)
    else:
        user = identity.user
        keep_address(provider, user, person)
        _note_who(user, person, trial)
        _require_to_open(provider, user, trial)
        Identity.objects.filter(pk=identity.pk).update(email=person.email, last_seen_at=timezone.now())
    if not user.enabled:
        trial.refuse(FOUND, "user_disabled", f"{user} is disabled.")
    keep(provider, user, within_ids(provider, person, trial), trial)
    return identity


@transaction.atomic
def keep_a_stranger(provider: IdentityProvider, said: Said, person: Person) -> None:
    """Write down who was refused for want of a user, so that an administrator can link them."""
    hold(provider)
    Identity.objects.update_or_create(
        provider=provider, issuer=said.issuer, subject=said.subject,
        defaults={"email": person.email, "last_seen_at": timezone.now()},
    )  # fmt: skip


def keep_up_to_date(identity: Identity, person: Person, trial: Trial) -> None:
    """What the directory says while somebody is signed in."""
    assert identity.user is not None, "only who has a user is signed in"  # noqa: S101  as said
    _hold(identity.provider, identity.user, person, trial)
    if person.email_verified is not EmailVerified.UNSAID or person.email != identity.user.email:
        # An answer to a refresh token may lack claims that stood in the ID token.
        keep_address(identity.provider, identity.user, person)
    _require_to_open(identity.provider, identity.user, trial)
    keep(identity.provider, identity.user, within_ids(identity.provider, person, trial), trial)


def _user_meant(provider: IdentityProvider, said: Said, person: Person) -> User | None:
    identity = _known(provider, said)
    return (identity and identity.user) or User.objects.with_email(person.email).first()


def _hold(provider: IdentityProvider, user: User | None, person: Person, trial: Trial) -> None:
    """Let nobody remove either meanwhile. Who leaves a group comes after whoever removes something."""
    if user is not None and leaves_groups(user=user, source=provider.alias, names=person.groups):
        lock_tree()
    hold(provider)
    provider.refresh_from_db()  # what it may assert is as an administrator left it until this is over
    if user is not None and not try_lock(user):
        trial.refuse(FOUND, "user_disabled", f"{user} was deleted meanwhile.")


def _known(provider: IdentityProvider, said: Said) -> Identity | None:
    """Exactly this subject of exactly this issuer: never by e-mail."""
    known = Identity.objects.select_related("user", "provider").filter(provider=provider)
    return known.filter(issuer=said.issuer, subject=said.subject).first()


def _require_to_open(provider: IdentityProvider, user: User, trial: Trial) -> None:
    """At each sign-in: a rule, or what the provider may assert, may have changed since the last."""
    code, detail = may_not_open(provider, user)
    if code:
        trial.refuse(FOUND, code, detail)


def _user_for_a_stranger(provider: IdentityProvider, person: Person, trial: Trial) -> User:
    existing = User.objects.with_email(person.email).first()
    if existing is not None:
        return _taken_over(provider, existing, person, trial)
    trial.require(provider.create_users, FOUND, "no_new_users", f"There is none for {person.email}, and none is made.")
    _require_what_waits(provider, person, trial)
    user, _ = create_user(
        actor=SYSTEM, email=person.email, is_local=False, source=provider.alias,
        email_verified_by=provider.alias if verifies(provider, person) else "",
    )  # fmt: skip
    trial.passed(FOUND, f"{user} is made.")
    return user


_WAITS_FOR_ANOTHER = {Unmet.UNPRIVILEGED: "administrator", Unmet.OTHER_SOURCE: "other_source"}


def _require_what_waits(provider: IdentityProvider, person: Person, trial: Trial) -> None:
    """Make nobody who couldn't have what waits for the address: its owner would find the name taken."""
    if not verifies(provider, person) and waits_for(person.email):
        trial.refuse(FOUND, "email_unverified", f"An access rule waits for {person.email}, which is not verified.")
    waits = missed_as(provider.alias, [Name("user", person.email, provider.alias)])
    for missed in waits:
        code = _WAITS_FOR_ANOTHER.get(missed.reason)
        if code:
            trial.refuse(FOUND, code, f"Rule {missed.rule.pk} waits for {person.email}: {missed.reason}.")


def _taken_over(provider: IdentityProvider, user: User, person: Person, trial: Trial) -> User:
    if user.identities.filter(provider=provider).exists():
        trial.refuse(FOUND, "address_reused", f"{user} is another identity's of this provider.")
    others = user.identities.filter(provider__enabled=True).first()
    if others is not None:
        trial.refuse(FOUND, "email_taken", f"{user} is known through {others.provider}.")
    trial.require(provider.link_by_email, FOUND, "email_taken", f"{user} exists, and does not belong to this identity.")
    if not verifies(provider, person):
        trial.refuse(FOUND, "email_unverified", f"{user} is not taken over by an address that is not verified.")
    if AccessRule.objects.naming(user.rule_subjects()).leading().exists():
        trial.refuse(FOUND, "administrator", f"{user} is an administrator, who is never taken over by e-mail.")
    _require_to_open(provider, user, trial)
    if not user.is_local:
        adopt_user(actor=SYSTEM, user=user, source=provider.alias)
        keep_address(provider, user, person)
    trial.passed(FOUND, f"{user} is taken over by the e-mail.")
    return user


def _note_who(user: User, person: Person, trial: Trial) -> None:
    trial.passed(FOUND, str(user))
    if person.email != user.email:
        stays = f"The directory says {person.email}; the user stays {user.email}, whom rules name."
        verified = "" if user.email_verified else " Nobody verifies that address now: an administrator can confirm it."
        trial.noted("The e-mail", f"{stays}{verified}")
