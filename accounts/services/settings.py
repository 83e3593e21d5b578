from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Count

import audit.services as audit
from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import idle
from accounts.ports.authority import authority
from accounts.ports.providers import providers
from common.actors import Actor
from common.errors import Conflict, Invalid
from common.locking import lock
from common.wording import Wording

_ADDRESS = URLValidator(schemes=["http", "https"])


@transaction.atomic
def update_general_settings(*, actor: Actor, **changes: Any) -> GeneralSettings:
    """Change Settings | General; `changes` are fields of GeneralSettings. In force at once, for open sessions too."""
    authority().require(actor, "update", "security-settings")
    row = lock_settings()
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    validate(row)
    if before.get("auto_redirect_alias", row.auto_redirect_alias) != row.auto_redirect_alias:
        _require_a_provider(row.auto_redirect_alias)
    if unknown := set(row.second_factor_of_roles) - set(authority().role_names()):
        raise Invalid("unknown_role", Wording("No role is called {unknown}.", unknown=", ".join(sorted(unknown))))
    if not row.asks_second_factors:
        User.objects.exclude(second_factor_due_at=None).update(second_factor_due_at=None)

    row.save(update_fields=[*changes, "updated_at"])
    changed = {name: {"from": before[name], "to": value} for name, value in changes.items() if before[name] != value}
    audit.record("settings:update", actor=actor, target=row, changed=changed)
    return row


def lock_settings() -> GeneralSettings:
    """Return the settings as they are now; nobody else changes them until the transaction ends."""
    GeneralSettings.objects.get_or_create(pk=GeneralSettings.ONLY_ID)
    return lock(GeneralSettings(pk=GeneralSettings.ONLY_ID))


def validate(row: GeneralSettings) -> None:
    """Raise Invalid for values that the fields don't take."""
    try:
        row.full_clean()
        check_address(row.logout_redirect_uri)
    except ValidationError as error:
        raise Invalid("bad_setting", " ".join(error.messages)) from None


def check_address(address: str) -> None:
    """Raise ValidationError for what is neither an http(s) address nor blank."""
    if address:
        _ADDRESS(address)


def affected_by(changes: Mapping[str, Any]) -> list[str]:
    """Say in sentences whom these changes of the settings touch at once; nothing where they touch nobody."""
    told = []
    if "idle_timeout_minutes" in changes:
        told += _ended_by(GeneralSettings(idle_timeout_minutes=changes["idle_timeout_minutes"]).idle_timeout)
    if "auto_redirect_alias" in changes:
        told.append(_sent_to(changes["auto_redirect_alias"]))
    if address := changes.get("logout_redirect_uri"):
        told.append(Wording("Everybody who signs out is sent to {address}.", address=address))
    if changes.get("second_factor_of_administrators") or changes.get("second_factor_of_roles"):
        without = User.objects.filter(is_local=True, enabled=True, second_factor_since=None).count()
        told.append(
            Wording.counted(
                "{number:,} user with a password here has no second factor. Those whom this concerns are led to add"
                " one after they sign in, and when their days of grace are over nothing else opens to them: no page,"
                " and no token.",
                "{number:,} users with a password here have no second factor. Those whom this concerns are led to add"
                " one after they sign in, and when their days of grace are over nothing else opens to them: no page,"
                " and no token.",
                without,
            )
        )
    return told


def _ended_by(timeout: timedelta) -> list[str]:
    open_now = Session.objects.live().exclude(idle(GeneralSettings.current().idle_timeout))
    ending = open_now.filter(idle(timeout)).aggregate(sessions=Count("pk"), people=Count("user", distinct=True))
    if not ending["sessions"]:
        return []
    minutes = round(timeout.total_seconds() / 60)
    sessions = Wording.counted("{number:,} open session", "{number:,} open sessions", ending["sessions"])
    people = Wording.counted("{number:,} person", "{number:,} people", ending["people"])
    return [
        Wording(
            "{sessions} of {people} end at once: nothing happened in them for {minutes}.",
            sessions=sessions,
            people=people,
            minutes=Wording.counted("{number:,} minute", "{number:,} minutes", minutes),
        )
    ]


def _sent_to(alias: str) -> str:
    if not alias:
        return "Everybody who signs in sees the sign-in page, and chooses there how."
    button = providers().button(alias)
    local = User.objects.filter(is_local=True, enabled=True).count()
    return Wording(
        "Everybody who opens the sign-in page is sent to {name} at once. {users} with a "
        "password here can still sign in at /login?local.",
        name=button.name if button else alias,
        users=Wording.counted("{number:,} user", "{number:,} users", local),
    )


def _require_a_provider(alias: str) -> None:
    """One that people can be sent to, or none: a blank alias."""
    if alias and providers().button(alias) is None:
        raise Conflict(
            "no_identity_provider",
            Wording("No identity provider that is in use has the alias {alias}.", alias=alias),
            field="auto_redirect_alias",
        )
