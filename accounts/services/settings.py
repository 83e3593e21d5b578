from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

import audit.services as audit
from accounts.authority import authority
from accounts.models import GeneralSettings
from accounts.providers import providers
from common.actors import Actor
from common.errors import Conflict, Invalid

_ADDRESS = URLValidator(schemes=["http", "https"])


@transaction.atomic
def update_general_settings(*, actor: Actor, **changes: Any) -> GeneralSettings:
    """Change Settings | General; `changes` are fields of GeneralSettings. In force at once, for open sessions too."""
    authority().require(actor, "update", "security-settings")
    GeneralSettings.objects.get_or_create(pk=GeneralSettings.ONLY_ID)
    row = GeneralSettings.objects.select_for_update().get(pk=GeneralSettings.ONLY_ID)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    _validate(row)
    if before.get("auto_redirect_alias", row.auto_redirect_alias) != row.auto_redirect_alias:
        _require_a_provider(row.auto_redirect_alias)

    row.save(update_fields=[*changes, "updated_at"])
    changed = {name: {"from": before[name], "to": value} for name, value in changes.items() if before[name] != value}
    audit.record("settings:update", actor=actor, target=row, changed=changed)
    return row


def _validate(row: GeneralSettings) -> None:
    try:
        row.full_clean()
        if row.logout_redirect_uri:
            _ADDRESS(row.logout_redirect_uri)
    except ValidationError as error:
        raise Invalid("bad_setting", " ".join(error.messages)) from None


def _require_a_provider(alias: str) -> None:
    """One that people can be sent to, or none: a blank alias."""
    if alias and providers().button(alias) is None:
        raise Conflict("no_identity_provider", f"No identity provider that is in use has the alias {alias}.")
