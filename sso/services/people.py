"""Whom a provider means: the user of an identity, found, taken over or made, and kept as the directory says."""

from collections.abc import Iterable

from django.utils import timezone

from access.services.administrators import administrating
from accounts.models import User
from accounts.services.groups import follow_directory
from accounts.services.users import create_user, update_user
from common.actors import SYSTEM
from common.errors import DomainError
from sso.mapping import Person
from sso.models import Identity, IdentityProvider
from sso.said import Said
from sso.trial import Trial

FOUND = "The user of this identity"
DETAILS = ("first_name", "last_name", "uid", "gid", "supplementary_groups")


def admit(provider: IdentityProvider, said: Said, person: Person, trial: Trial) -> Identity:
    """The identity with its user, brought up to date; or Refused. For one transaction with what comes of it."""
    identity = _known(provider, said)
    if identity is None or identity.user is None:
        user = _user_for_a_stranger(provider, person, trial)
        identity, _ = Identity.objects.update_or_create(
            provider=provider, issuer=said.issuer, subject=said.subject,
            defaults={"user": user, "email": person.email, "last_seen_at": timezone.now()},
        )  # fmt: skip
    else:
        user = identity.user
        _note_who(user, person, trial)
        Identity.objects.filter(pk=identity.pk).update(email=person.email, last_seen_at=timezone.now())
    if not user.enabled:
        trial.refuse(FOUND, "user_disabled", f"{user} is disabled.")
    _keep_details(user, person, trial)
    _keep_groups(provider, user, person, trial)
    return identity


def keep_a_stranger(provider: IdentityProvider, said: Said, person: Person) -> None:
    """Write down who was refused for want of a user, so that an administrator can link them."""
    Identity.objects.update_or_create(
        provider=provider, issuer=said.issuer, subject=said.subject,
        defaults={"email": person.email, "last_seen_at": timezone.now()},
    )  # fmt: skip


def keep_up_to_date(identity: Identity, person: Person, trial: Trial) -> None:
    """What the directory says while somebody is signed in."""
    assert identity.user is not None, "only who has a user is signed in"  # noqa: S101  as said
    _keep_details(identity.user, person, trial)
    _keep_groups(identity.provider, identity.user, person, trial)


def explain(provider: IdentityProvider, said: Said, person: Person, trial: Trial) -> None:
    """What `admit` would do, for a test: it changes nothing, and refuses nobody."""
    identity = _known(provider, said)
    existing = User.objects.with_email(person.email).first()
    if identity is not None and identity.user is not None:
        _note_who(identity.user, person, trial)
    elif existing is not None:
        how = "would be taken over" if provider.link_by_email else "is somebody else's, so this would be refused"
        trial.noted(FOUND, f"The user {existing} {how}, unless an administrator links them.")
    else:
        makes = "would be made" if provider.create_users else "is not made: this provider makes no users"
        trial.noted(FOUND, f"A user {person.email} {makes}.")
    groups, left_out = _allowed_groups(provider, person.groups)
    _note_groups(groups, left_out, trial)


def _known(provider: IdentityProvider, said: Said) -> Identity | None:
    """Exactly this subject of exactly this issuer: never by e-mail."""
    known = Identity.objects.select_related("user", "provider").filter(provider=provider)
    return known.filter(issuer=said.issuer, subject=said.subject).first()


def _user_for_a_stranger(provider: IdentityProvider, person: Person, trial: Trial) -> User:
    existing = User.objects.with_email(person.email).first()
    if existing is not None:
        return _taken_over(provider, existing, trial)
    trial.require(provider.create_users, FOUND, "no_new_users", f"There is none for {person.email}, and none is made.")
    subject = frozenset({("user", person.email)})
    if not provider.privileged and administrating(subject):
        trial.refuse(FOUND, "administrator", f"An access rule waits for {person.email}, as System administrator.")
    user, _ = create_user(actor=SYSTEM, email=person.email, is_local=False)
    trial.passed(FOUND, f"{user} was made.")
    return user


def _taken_over(provider: IdentityProvider, user: User, trial: Trial) -> User:
    trial.require(provider.link_by_email, FOUND, "email_taken", f"{user} exists, and does not belong to this identity.")
    if administrating(user.rule_subjects()):
        trial.refuse(FOUND, "administrator", f"{user} is an administrator, who is never taken over by e-mail.")
    trial.passed(FOUND, f"{user} was taken over by the e-mail.")
    return user


def _note_who(user: User, person: Person, trial: Trial) -> None:
    trial.passed(FOUND, str(user))
    if person.email != user.email:
        trial.noted("The e-mail", f"The directory says {person.email}; the user stays {user.email}, whom rules name.")


def _keep_details(user: User, person: Person, trial: Trial) -> None:
    said = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "uid": person.uid,
        "gid": person.gid,
        "supplementary_groups": list(person.supplementary_groups),
    }
    # What a directory doesn't say, somebody may have entered here.
    changes = {
        name: value for name, value in said.items() if value not in ("", None, []) and getattr(user, name) != value
    }
    if not changes:
        return
    try:
        update_user(actor=SYSTEM, user=user, **changes)
    except DomainError as refusal:
        trial.noted("The names and ids", refusal.message)


def _keep_groups(provider: IdentityProvider, user: User, person: Person, trial: Trial) -> None:
    groups, left_out = _allowed_groups(provider, person.groups)
    followed = follow_directory(user=user, source=provider.alias, names=groups)
    kept = [name for name in groups if name not in followed.left_out]
    differing = [f"{name} (a group here differs in case only)" for name in followed.left_out]
    _note_groups(kept, [*left_out, *differing], trial)


def _allowed_groups(provider: IdentityProvider, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Those that the directory may put somebody into, and those left out, with the reason."""
    names = list(names)
    if provider.privileged:
        return names, []
    mighty = {name for _, name in administrating(frozenset(("group", name) for name in names))}
    return (
        [name for name in names if name not in mighty],
        [f"{name} (makes System administrators; the mapping is not privileged)" for name in sorted(mighty)],
    )


def _note_groups(groups: list[str], left_out: list[str], trial: Trial) -> None:
    trial.passed("The groups", ", ".join(groups) or "none")
    if left_out:
        trial.noted("Groups left out", ", ".join(left_out))
