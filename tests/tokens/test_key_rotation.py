import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt as pyjwt
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from audit.models import Event
from common.actors import SYSTEM
from common.errors import Conflict
from tests.tokens.asking import by_secret, call_api
from tokens import keyring
from tokens.models import Application, SigningKey
from tokens.models.keys import Algorithm, State
from tokens.services import keys
from tokens.services.keys import rotate, rotate_at_once, thumbprint, turn_over

CERTS = "/auth/realms/runai/protocol/openid-connect/certs"


def in_state(state: State) -> SigningKey:
    return SigningKey.objects.get(algorithm="RS256", state=state)


def age_everything(**by: float) -> None:
    """As if all keys had been made, and begun to sign, so long ago."""
    then = datetime.now(UTC) - timedelta(**by)
    SigningKey.objects.update(created_at=then)
    SigningKey.objects.filter(state=State.ACTIVE).update(activated_at=then)
    keyring.forget()


def published(client: Client) -> set[str]:
    keyring.forget()
    return {key["kid"] for key in client.get(CERTS).json()["keys"]}


def test_it_refuses_a_key_that_clusters_may_not_know_yet(db: None) -> None:
    with pytest.raises(Conflict, match="may not have fetched it yet"):
        rotate(actor=SYSTEM, algorithm=Algorithm.RS256)


def test_it_signs_with_the_next_key_at_once_and_publishes_another(
    robo: Application, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    age_everything(hours=24)
    following = in_state(State.NEXT)
    by_secret(robo)  # so that this process holds the keys of before

    with django_capture_on_commit_callbacks(execute=True):
        rotate(actor=SYSTEM, algorithm=Algorithm.RS256)

    assert pyjwt.get_unverified_header(by_secret(robo)["accessToken"])["kid"] == following.kid
    assert in_state(State.NEXT) != following
    assert Event.objects.get(action="signing_key:rotate").entity_id == following.kid


@pytest.mark.slow
def test_no_valid_token_is_refused_while_keys_turn_over(robo: Application, client: Client) -> None:
    """Ninety days in steps of six hours: a client keeps asking for tokens, and uses each until it ends."""
    start = datetime.now(UTC)
    known: set[str] = published(client)
    signed_by = set()
    with time_machine.travel(start, tick=False) as clock:
        for step in range(4 * 90):
            clock.move_to(start + timedelta(hours=6 * step))
            turn_over()
            before, known = known, published(client)
            token = by_secret(robo)["accessToken"]
            kid = pyjwt.get_unverified_header(token)["kid"]
            assert kid in before, "it signed with a key that was not published six hours earlier"
            signed_by.add(kid)
            clock.move_to(start + timedelta(hours=6 * step, minutes=59))
            assert call_api(token).status_code == 200

    assert len(signed_by) == 3


def test_it_keeps_a_worn_key_until_clusters_know_the_next_one(db: None) -> None:
    age_everything(days=90)
    SigningKey.objects.filter(state=State.NEXT).update(created_at=datetime.now(UTC) - timedelta(hours=23))
    active = in_state(State.ACTIVE)

    turn_over()

    assert in_state(State.ACTIVE) == active


def test_it_needs_no_timer_and_looks_once_a_minute(robo: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    age_everything(days=31)
    following = in_state(State.NEXT)

    monkeypatch.setattr(keys, "_looked_at", time.monotonic() - 59)
    by_secret(robo)
    too_early = in_state(State.NEXT) != following
    monkeypatch.setattr(keys, "_looked_at", time.monotonic() - 61)
    by_secret(robo)

    assert not too_early and in_state(State.ACTIVE) == following


def test_a_token_outlives_the_rotation_of_its_key(robo: Application, client: Client) -> None:
    age_everything(hours=24)
    token = by_secret(robo)["accessToken"]
    old = in_state(State.ACTIVE).kid

    rotate(actor=SYSTEM, algorithm=Algorithm.RS256)

    assert old in published(client)
    assert call_api(token).status_code == 200
    assert by_secret(robo)["accessToken"] != token


def test_it_stops_publishing_a_key_a_day_after_its_tokens_ended(db: None, client: Client) -> None:
    age_everything(hours=24)
    old = in_state(State.ACTIVE).kid
    rotate(actor=SYSTEM, algorithm=Algorithm.RS256)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=24, minutes=59)):
        turn_over()
        still = old in published(client)
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25, minutes=1)):
        turn_over()
        gone = old not in published(client)

    assert still and gone


def test_an_emergency_refuses_what_the_key_signed(robo: Application, client: Client, capsys: Any) -> None:
    token = by_secret(robo)["accessToken"]
    old = in_state(State.ACTIVE).kid

    call_command("rotatekeys", "--emergency", "--yes")

    assert old not in published(client)
    assert call_api(token).status_code == 401
    assert call_api(by_secret(robo)["accessToken"]).status_code == 200
    assert "every token signed so far is refused" in capsys.readouterr().out


def test_in_an_emergency_it_signs_with_a_key_that_makes_clusters_fetch_again(robo: Application, client: Client) -> None:
    age_everything(hours=24)
    rotate(actor=SYSTEM, algorithm=Algorithm.RS256)
    before = published(client)

    rotate_at_once(actor=SYSTEM, algorithm=Algorithm.RS256)

    kept = published(client) & before
    assert set(SigningKey.objects.filter(pk__in=kept).values_list("algorithm", flat=True)) == {"ES256"}
    keyring.forget()
    assert pyjwt.get_unverified_header(by_secret(robo)["accessToken"])["kid"] not in before


def test_nothing_is_left_to_sign_with_of_a_key_that_was_withdrawn(db: None) -> None:
    old = in_state(State.ACTIVE)

    rotate_at_once(actor=SYSTEM, algorithm=Algorithm.RS256)

    old.refresh_from_db()
    assert (old.state, bytes(old.private_key_encrypted)) == (State.RETIRED, b"")


def test_the_command_says_why_it_does_not_rotate(db: None) -> None:
    with pytest.raises(CommandError, match="can sign from"):
        call_command("rotatekeys")


def test_private_keys_are_encrypted_at_rest(db: None) -> None:
    stored = [bytes(key.private_key_encrypted) for key in SigningKey.objects.all()]

    assert len(stored) == 4
    assert all(secret.startswith(b"gAAAA") for secret in stored)  # Fernet's version byte


def test_the_kid_is_the_thumbprint_of_rfc_7638() -> None:
    """The example of RFC 7638 §3.1."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3okn"
        "jhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
        "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8aw"
        "apJzKnqDKgw"
    )

    assert thumbprint({"kty": "RSA", "n": modulus, "e": "AQAB"}) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
