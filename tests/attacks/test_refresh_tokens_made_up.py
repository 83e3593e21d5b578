"""Only a token that its grant once gave counts as used again (RFC 9700 §4.14.2): the grant's id is no secret."""

from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from accounts.models import Session, User
from audit.models import Event
from common.hashes import sha256_of
from tests.tokens.asking import by_password, by_refresh
from tokens.models import Grant
from tokens.services.refresh import first_refresh_token

pytestmark = pytest.mark.usefixtures("keys")

MADE_UP = {
    "the id alone": lambda grant, secret, signature: f"{grant}.",
    "a letter": lambda grant, secret, signature: f"{grant}.x",
    "a guess": lambda grant, secret, signature: f"{grant}.{'x' * 43}",
    "a guess, with a signature": lambda grant, secret, signature: f"{grant}.{'x' * 43}.{signature}",
    "the secret alone": lambda grant, secret, signature: f"{grant}.{secret}",
    "the secret, signed by a guess": lambda grant, secret, signature: f"{grant}.{secret}.{'x' * 43}",
    "a letter less": lambda grant, secret, signature: f"{grant}.{secret}.{signature[:-1]}",
    "a letter more": lambda grant, secret, signature: f"{grant}.{secret}.{signature}x",
    "in capitals": lambda grant, secret, signature: f"{grant.upper()}.{secret}.{signature}",
    "in braces": lambda grant, secret, signature: f"{{{grant}}}.{secret}.{signature}",
    "of another grant": lambda grant, secret, signature: f"{grant}." + first_refresh_token(Grant())[33:],
}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def used(token: str, times: int, clock: time_machine.Traveller) -> list[str]:
    tokens = [token]
    for _ in range(times):
        tokens.append(by_refresh(tokens[-1]).json()["refreshToken"])  # type: ignore[attr-defined]
    clock.shift(settings.REFRESH_GRACE.total_seconds() + 1)
    return tokens


@pytest.mark.parametrize("uses", [0, 1, 3])
@pytest.mark.parametrize("how", MADE_UP)
def test_one_that_was_never_given_ends_nothing(alice: User, clock: time_machine.Traveller, how: str, uses: int) -> None:
    *former, current = used(by_password(alice)["refreshToken"], uses, clock)
    for token in [*former, current]:
        made_up = MADE_UP[how](*token.split("."))
        assert by_refresh(made_up).status_code == 400

    assert by_refresh(current).status_code == 200
    assert not Event.objects.filter(action="token:reuse").exists()


@pytest.mark.parametrize("former", range(4))
def test_one_of_any_time_before_ends_the_session(alice: User, clock: time_machine.Traveller, former: int) -> None:
    tokens = used(by_password(alice)["refreshToken"], 4, clock)

    assert by_refresh(tokens[former]).status_code == 400
    assert by_refresh(tokens[-1]).status_code == 400
    assert Session.objects.get().revoked_because == "a refresh token was used twice"


def test_one_from_before_they_were_signed_is_good_until_it_is_used(alice: User, clock: time_machine.Traveller) -> None:
    token = by_password(alice)["refreshToken"].rpartition(".")[0]
    Grant.objects.update(current_hash=sha256_of(token))

    tokens = used(token, 2, clock)
    assert by_refresh(token).status_code == 400
    assert by_refresh(tokens[-1]).status_code == 200
