"""Signing keys and built-in clients for tests: made once a process, because an RSA key takes a tenth of a second."""

from functools import lru_cache

from tokens import keyring
from tokens.models import Application, SigningKey
from tokens.services.clients import BUILT_IN, ensure_built_in_clients
from tokens.services.keys import ensure_keys


def plant_keys() -> None:
    """The keys, and the clients that the server brings along: what `manage.py bootstrap` makes."""
    Application.objects.bulk_create(_clients(), ignore_conflicts=True)
    SigningKey.objects.bulk_create(_keys(), ignore_conflicts=True)
    keyring.forget()


@lru_cache(maxsize=1)
def _clients() -> list[Application]:
    ensure_built_in_clients()
    return list(Application.objects.filter(client_id__in=BUILT_IN))


@lru_cache(maxsize=1)
def _keys() -> list[SigningKey]:
    ensure_keys()
    return list(SigningKey.objects.all())
