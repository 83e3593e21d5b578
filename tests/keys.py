"""Signing keys for tests: made once a process, because an RSA key takes a tenth of a second."""

from functools import lru_cache

from tokens import keyring
from tokens.models import SigningKey
from tokens.services.clients import ensure_built_in_clients
from tokens.services.keys import ensure_keys


def plant_keys() -> None:
    """The keys, and the clients that the server brings along: what `manage.py bootstrap` makes."""
    ensure_built_in_clients()
    rows = _made()
    SigningKey.objects.bulk_create(rows, ignore_conflicts=True)
    keyring.forget()


@lru_cache(maxsize=1)
def _made() -> list[SigningKey]:
    ensure_keys()
    return list(SigningKey.objects.all())
