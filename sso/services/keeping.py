"""Keeping a user as the directory says: names, POSIX ids and groups. What it may not say is left out before."""

from accounts.models import User
from accounts.services.groups import follow_directory
from accounts.services.users import update_user
from common.actors import SYSTEM
from common.errors import DomainError
from sso.mapping import Person
from sso.models import IdentityProvider
from sso.trial import Trial


def keep(provider: IdentityProvider, user: User, person: Person, trial: Trial) -> None:
    _keep_details(user, person, trial)
    followed = follow_directory(user=user, source=provider.alias, names=person.groups)
    kept = [name for name in person.groups if name not in followed.left_out]
    note_groups(kept, trial)
    if followed.left_out:
        differing = ", ".join(f"{name} (a group here differs in case only)" for name in followed.left_out)
        trial.noted("Groups left out", differing, "groups_left_out")


def note_groups(names: list[str], trial: Trial) -> None:
    trial.passed("The groups", ", ".join(names) or "none")


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
