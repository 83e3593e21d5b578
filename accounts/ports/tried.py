"""Port: whose password is tried, in one statement that costs the same whoever it is.

Wired by the setting ACCOUNTS_TRIED, the dotted path to a function of the shape of `tried`
(`runai_identity.adapters.tried.read`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User


@dataclass(frozen=True)
class TriedAccount:
    """The user of an e-mail address, if there is one.

    `is_familiar` if they signed in from the address that the try comes from; `is_last_administrator` if no other local
    user who can sign in is System administrator of the whole tenant.
    """

    user: User | None
    is_familiar: bool = False
    is_last_administrator: bool = False


def tried(email: str, *, source_ip: str | None, since: datetime) -> TriedAccount:
    """Look up the user of an e-mail, spelled as stored, and whether they signed in from `source_ip` since then."""
    read: Callable[..., Any] = import_string(settings.ACCOUNTS_TRIED)
    found: TriedAccount = read(email, source_ip=source_ip, since=since)
    return found
