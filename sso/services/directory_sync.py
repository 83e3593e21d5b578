"""Keep a user's names, POSIX ids and groups as the directory has them. Undeclared values are removed before."""

from collections.abc import Collection

from accounts.models import User
from accounts.models.users import ADMINISTRATOR
from accounts.services.groups import follow_directory
from accounts.services.posix import withdraw_from
from accounts.services.users import update_user, verify_email
from common.actors import SYSTEM
from common.errors import DomainError
from common.wording import Wording
from sso.check_log import CheckLog
from sso.mapping import GroupsClaim, MappedUser
from sso.models import IdentityProvider
from sso.models.providers import with_alias
from sso.services.declarations import verifies

GROUPS = "The groups"
MOST_NAMED = 5  # groups, to the person


def sync_user(provider: IdentityProvider, user: User, mapped: MappedUser, log: CheckLog) -> None:
    withdraw_from(actor=SYSTEM, user=user, source=provider.alias, may_set=provider.may_set_posix_id)
    _keep_details(provider, user, mapped, log)
    left_out, kept = [], []
    if not (mapped.groups_said.is_missing and provider.keep_groups):
        followed = follow_directory(
            user=user, source=provider.alias, names=mapped.groups, said=str(mapped.groups_said), may_say=_may_say
        )
        left_out, kept = followed.left_out, followed.kept
    log_groups(provider, mapped, log, left_out=left_out)
    if left_out:
        differing = Wording.joined(
            ", ", (Wording("{name} (a group here differs in case only)", name=name) for name in left_out)
        )
        log.noted("Groups left out", differing, "groups_in_other_case")
    if kept:
        log.noted(
            GROUPS, Wording("Kept, or no local system administrator would be left: {kept}.", kept=", ".join(kept))
        )


def _may_say(alias: str, group: str) -> bool:
    other = with_alias(alias)
    return other is not None and other.declared.covers_group(group)


def log_groups(
    provider: IdentityProvider, mapped: MappedUser, log: CheckLog, *, left_out: Collection[str] = ()
) -> None:
    """Log which groups came: names, none, no attribute, or too many to be sent."""
    if not mapped.groups_said.is_missing:
        names = Wording("none") if mapped.groups_said is GroupsClaim.LISTED else str(mapped.groups_said)
        log.passed(GROUPS, ", ".join(name for name in mapped.groups if name not in left_out) or names)
        return
    kept = (
        Wording("Those of before are kept.")
        if provider.keep_groups
        else Wording("So they have none through this provider.")
    )
    if mapped.groups_said is GroupsClaim.TOO_MANY:
        log.noted(
            GROUPS,
            Wording("They are too many to be sent, and are not fetched elsewhere. {kept}", kept=kept),
            "groups_too_many",
        )
    else:
        log.noted(
            GROUPS,
            Wording(
                "There is no {groups_attribute}. {kept}", groups_attribute=repr(provider.groups_attribute), kept=kept
            ),
            "groups_not_sent",
        )


def notices(provider: IdentityProvider, user: User, mapped: MappedUser) -> list[str]:
    """Return sentences for the user about what they go without."""
    sentences: list[str] = []
    if not user.email_verified:
        sentences.append(
            Wording(
                "The e-mail address {email} is not verified as yours: what was given to it doesn't count.",
                email=user.email,
            )
        )
    elsewhere = sorted(set(mapped.groups) - set(user.group_names()))
    if elsewhere:
        named = ", ".join(elsewhere[:MOST_NAMED]) + (", …" if len(elsewhere) > MOST_NAMED else "")
        sentences.append(
            Wording(
                "Your directory puts you into {named}. A group here has that name in other capitals, "
                "so you are in neither: ask your administrator.",
                named=named,
            )
        )
    if mapped.groups_said.is_missing:
        why = (
            Wording("sent no groups")
            if mapped.groups_said is GroupsClaim.ABSENT
            else Wording("has too many groups of yours to send")
        )
        then = Wording("you have only the access given to you directly")
        sentences.append(
            Wording(
                "Your directory {why}: {then}.",
                why=why,
                then=Wording("those of before still count") if provider.keep_groups else then,
            )
        )
    return sentences


def sync_email_verification(provider: IdentityProvider, user: User, mapped: MappedUser) -> None:
    """Update who verifies the address: the provider that brings the user decides, and may change its mind.

    A provider that sends another address says nothing about the user's. A confirmation by an administrator stays.
    """
    if user.asserted_by != provider.alias or user.email_verified_by == ADMINISTRATOR:
        return
    verified = verifies(provider, mapped) and mapped.email == user.email
    by = provider.alias if verified else ""
    if by != user.email_verified_by:
        verify_email(actor=SYSTEM, user=user, by=by)


def _keep_details(provider: IdentityProvider, user: User, mapped: MappedUser, log: CheckLog) -> None:
    details = {
        "first_name": mapped.first_name,
        "last_name": mapped.last_name,
        "uid": mapped.uid,
        "gid": mapped.gid,
        "supplementary_groups": list(mapped.supplementary_groups),
    }
    # An administrator may have entered what the directory does not send.
    changes = {
        name: value for name, value in details.items() if value not in ("", None, []) and getattr(user, name) != value
    }
    if not changes:
        return
    try:
        update_user(actor=SYSTEM, user=user, source=provider.alias, **changes)
    except DomainError as refusal:
        log.noted("The names and ids", refusal.message)
