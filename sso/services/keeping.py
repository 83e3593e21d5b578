"""Keeping a user as the directory says: names, POSIX ids and groups. What it may not say is left out before."""

from collections.abc import Collection

from accounts.models import User
from accounts.models.users import ADMINISTRATOR
from accounts.services.groups import follow_directory
from accounts.services.posix import withdraw_from
from accounts.services.users import update_user, verify_email
from common.actors import SYSTEM
from common.errors import DomainError
from sso.mapping import GroupsSaid, Person
from sso.models import IdentityProvider
from sso.models.providers import with_alias
from sso.services.domain import verifies
from sso.trial import Trial

GROUPS = "The groups"
MOST_NAMED = 5  # groups, to the person


def keep(provider: IdentityProvider, user: User, person: Person, trial: Trial) -> None:
    withdraw_from(actor=SYSTEM, user=user, source=provider.alias, may_set=provider.may_set_posix_id)
    _keep_details(provider, user, person, trial)
    left_out, kept = [], []
    if not (person.groups_said.is_missing and provider.keep_groups):
        followed = follow_directory(
            user=user, source=provider.alias, names=person.groups, said=str(person.groups_said), may_say=_may_say
        )
        left_out, kept = followed.left_out, followed.kept
    note_groups(provider, person, trial, left_out=left_out)
    if left_out:
        differing = ", ".join(f"{name} (a group here differs in case only)" for name in left_out)
        trial.noted("Groups left out", differing, "groups_in_other_case")
    if kept:
        trial.noted(GROUPS, f"Kept, or no local system administrator would be left: {', '.join(kept)}.")


def _may_say(alias: str, group: str) -> bool:
    other = with_alias(alias)
    return other is not None and other.declared.covers_group(group)


def note_groups(provider: IdentityProvider, person: Person, trial: Trial, *, left_out: Collection[str] = ()) -> None:
    """Say what came as groups: names, none, nothing, or that they are too many to be sent."""
    if not person.groups_said.is_missing:
        said = "none" if person.groups_said is GroupsSaid.LISTED else str(person.groups_said)
        trial.passed(GROUPS, ", ".join(name for name in person.groups if name not in left_out) or said)
        return
    kept = "Those of before are kept." if provider.keep_groups else "So they have none through this provider."
    if person.groups_said is GroupsSaid.TOO_MANY:
        trial.noted(GROUPS, f"They are too many to be sent, and are not fetched elsewhere. {kept}", "groups_too_many")
    else:
        trial.noted(GROUPS, f"There is no {provider.groups_attribute!r}. {kept}", "groups_not_sent")


def notices(provider: IdentityProvider, user: User, person: Person) -> list[str]:
    """Say to the person, once they are signed in, what they go without."""
    said = []
    if not user.email_verified:
        said.append(f"The e-mail address {user.email} is not verified as yours: what was given to it doesn't count.")
    elsewhere = sorted(set(person.groups) - set(user.group_names()))
    if elsewhere:
        named = ", ".join(elsewhere[:MOST_NAMED]) + (", …" if len(elsewhere) > MOST_NAMED else "")
        said.append(
            f"Your directory puts you into {named}. A group here has that name in other capitals, so you are in"
            " neither: ask your administrator."
        )
    if person.groups_said.is_missing:
        why = "sent no groups" if person.groups_said is GroupsSaid.ABSENT else "has too many groups of yours to send"
        then = "you have only the access given to you directly"
        said.append(f"Your directory {why}: {'those of before still count' if provider.keep_groups else then}.")
    return said


def keep_address(provider: IdentityProvider, user: User, person: Person) -> None:
    """Note what is known of the address now: the provider that brings a user is who can say, and may say otherwise.

    Another address than the user's says nothing for the user's. What an administrator verified stays.
    """
    if user.asserted_by != provider.alias or user.email_verified_by == ADMINISTRATOR:
        return
    verified = verifies(provider, person) and person.email == user.email
    by = provider.alias if verified else ""
    if by != user.email_verified_by:
        verify_email(actor=SYSTEM, user=user, by=by)


def _keep_details(provider: IdentityProvider, user: User, person: Person, trial: Trial) -> None:
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
        update_user(actor=SYSTEM, user=user, source=provider.alias, **changes)
    except DomainError as refusal:
        trial.noted("The names and ids", refusal.message)
