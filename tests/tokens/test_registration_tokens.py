"""Initial access tokens: who makes them, within which bounds, and what is written of it."""

from datetime import timedelta

import pytest

from accounts.models import User
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Forbidden, Invalid, NotFound
from common.hashes import sha256_of
from tests import cast
from tests.tokens.registering import make_token, register
from tokens.models import RegistrationToken
from tokens.services.registration import (
    create_registration_token,
    delete_registration_token,
    visible_registration_tokens,
)

WEEK = timedelta(days=7)


def test_it_stores_the_hash_alone(ada: User) -> None:
    token, secret = create_registration_token(actor=ada, note="wiki team", uses=3, lifetime=WEEK)

    (row,) = RegistrationToken.objects.values()
    assert row["token_hash"] == sha256_of(secret)
    assert secret not in str(row)
    assert (token.uses_left, token.created_by) == (3, ada.email)


@pytest.mark.parametrize(
    ("note", "uses", "lifetime"),
    [
        ("", 1, WEEK),
        ("  ", 1, WEEK),
        ("x" * 101, 1, WEEK),
        ("a\nb", 1, WEEK),
        ("ok", 0, WEEK),
        ("ok", -1, WEEK),
        ("ok", 1001, WEEK),
        ("ok", 1, timedelta()),
        ("ok", 1, timedelta(days=366)),
        ("ok", 1, -WEEK),
    ],
)
def test_it_keeps_within_bounds(ada: User, note: str, uses: int, lifetime: timedelta) -> None:
    with pytest.raises(Invalid):
        create_registration_token(actor=ada, note=note, uses=uses, lifetime=lifetime)

    assert not RegistrationToken.objects.exists()


@pytest.mark.parametrize(
    ("note", "uses", "lifetime"),
    [("x" * 100, 1, WEEK), ("ok", 1000, WEEK), ("ok", 1, timedelta(days=365)), ("ok", 1, timedelta(microseconds=1))],
)
def test_it_takes_what_is_just_within_bounds(ada: User, note: str, uses: int, lifetime: timedelta) -> None:
    token, _ = create_registration_token(actor=ada, note=note, uses=uses, lifetime=lifetime)

    assert (token.note, token.uses_left) == (note, uses)


def test_it_refuses_who_may_not(alice: User, tree: cast.Tree) -> None:
    make_token()
    (token,) = RegistrationToken.objects.all()
    cast.rule("user", alice.email, "Cloud operator", tree.prod)

    with pytest.raises(Forbidden):
        create_registration_token(actor=alice, note="mine", uses=1, lifetime=WEEK)
    with pytest.raises(Forbidden):
        delete_registration_token(actor=alice, token=token)
    assert list(visible_registration_tokens(alice)) == []
    assert list(RegistrationToken.objects.all()) == [token]


def test_it_tells_who_deletes_too_late(ada: User) -> None:
    token, _ = create_registration_token(actor=ada, note="wiki team", uses=1, lifetime=WEEK)
    RegistrationToken.objects.all().delete()

    with pytest.raises(NotFound, match="deleted meanwhile"):
        delete_registration_token(actor=ada, token=token)


def test_it_records_each_step_and_never_the_token(ada: User) -> None:
    token, secret = create_registration_token(actor=ada, note="wiki team", uses=2, lifetime=WEEK)
    made = register(secret).json()
    delete_registration_token(actor=SYSTEM, token=token)

    events = list(Event.objects.order_by("pk").values())
    assert [event["action"] for event in events] == [
        "registration_token:create",
        "application:create",
        "registration_token:use",
        "registration_token:delete",
    ]
    assert events[2]["metadata"] == {"note": "wiki team", "uses_left": 1}
    written = str(events)
    assert not [text for text in (secret, sha256_of(secret), made["client_secret"]) if text in written]
