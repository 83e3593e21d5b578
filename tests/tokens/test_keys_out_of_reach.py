"""What is said when a key can't be had: an operator reads it in the middle of an outage."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Conflict, Forbidden
from tests import cast
from tests.tokens.asking import ask
from tokens import keyring
from tokens.models import Application, SigningKey
from tokens.models.keys import Algorithm, State
from tokens.services.keys import encrypt_again, rotate, rotate_at_once, turn_over


def ask_for_a_token() -> tuple[int, str]:
    answer = ask(grantType="client_credentials", clientID="robo", clientSecret=cast.ROBO_SECRET)
    return answer.status_code, answer.json().get("details", "")


def test_it_says_that_the_encryption_key_is_another(robo: Application, settings: Settings) -> None:
    keyring.private.cache_clear()
    settings.IDENTITY_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert ask_for_a_token() == (503, "secret_unreadable")


def test_it_reads_keys_under_an_older_encryption_key(robo: Application, settings: Settings) -> None:
    keyring.private.cache_clear()
    settings.IDENTITY_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.IDENTITY_ENCRYPTION_KEYS]

    assert ask_for_a_token() == (200, "")


def test_the_older_encryption_key_can_go_once_the_keys_are_under_the_newer(
    robo: Application, settings: Settings
) -> None:
    newer = Fernet.generate_key().decode()
    settings.IDENTITY_ENCRYPTION_KEYS = [newer, *settings.IDENTITY_ENCRYPTION_KEYS]

    call_command("encryptkeys")

    settings.IDENTITY_ENCRYPTION_KEYS = [newer]
    keyring.private.cache_clear()
    assert ask_for_a_token() == (200, "")
    assert Event.objects.get().action == "signing_key:encrypt"


def test_keys_that_cant_be_read_are_left_as_they_are(db: None, settings: Settings) -> None:
    before = [bytes(key.private_key_encrypted) for key in SigningKey.objects.all()]
    settings.IDENTITY_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match="it lacks the key they were made under"):
        call_command("encryptkeys")

    assert [bytes(key.private_key_encrypted) for key in SigningKey.objects.all()] == before


def test_who_may_not_change_settings_encrypts_nothing(alice: User) -> None:
    with pytest.raises(Forbidden):
        encrypt_again(actor=alice)


def test_it_says_that_there_is_no_key(robo: Application) -> None:
    SigningKey.objects.all().delete()
    keyring.forget()

    assert ask_for_a_token() == (503, "no_signing_key")


@pytest.mark.parametrize("verb", [rotate, rotate_at_once])
def test_it_rotates_nothing_when_somebody_else_just_did(verb: object) -> None:
    """PostgreSQL's second transaction sees the new active key and, of the new pair, not the next one yet."""
    SigningKey.objects.filter(state=State.NEXT, algorithm="RS256").delete()
    SigningKey.objects.filter(algorithm="RS256").update(activated_at=datetime.now(UTC) - timedelta(days=90))
    before = set(SigningKey.objects.values_list("kid", "state"))

    with pytest.raises(Conflict, match="rotated by somebody else"):
        verb(actor=SYSTEM, algorithm=Algorithm.RS256)  # type: ignore[operator]  # one of the two verbs

    turn_over()

    assert set(SigningKey.objects.values_list("kid", "state")) == before
