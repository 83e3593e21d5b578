"""What a passkey's answer has to be; the browser's part is tested by tests/e2e/test_passkeys.py."""

import json
from collections.abc import Iterator
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import Factor, GeneralSettings, Session, User
from accounts.services.passkeys import PasskeyChallenge, check_in_second_step
from accounts.services.users import disable_user
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Unauthenticated
from tests.accounts.authenticator import PRESENT, VERIFIED, Authenticator
from tests.accounts.factors import second_step, show_password
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db
OURS = "https://id.example.com"
ADD = "/account/second-factors/passkey"


@pytest.fixture(autouse=True)
def where_there_are_passkeys() -> Iterator[None]:
    with override_settings(PUBLIC_URL=OURS):
        yield


def add(browser: Client, device: Authenticator, **instead: Any) -> Any:
    asked: PasskeyChallenge = browser.get(ADD).context["asked"]
    answer = device.create(asked.options, **instead)
    return browser.post(ADD, {"name": "Laptop", "challenge": asked.challenge, "answer": answer})


@pytest.fixture
def device(browser_as: BrowserAs, charlie: User) -> Authenticator:
    """Charlie's."""
    device = Authenticator()
    assert add(browser_as(charlie), device).status_code == 200
    Session.objects.all().delete()
    return device


def asked_first(browser: Client) -> PasskeyChallenge:
    asked: PasskeyChallenge = browser.get("/login?local").context["passkey"]
    return asked


def shows(device: Authenticator, user: User, browser: Client | None = None, **instead: Any) -> Any:
    browser = browser or Client()
    asked = asked_first(browser)
    answer = device.get(asked.options, user.pk.bytes, **instead)
    return browser.post("/login/passkey", {"challenge": asked.challenge, "answer": answer})


def test_it_signs_in_alone(device: Authenticator, charlie: User) -> None:
    assert shows(device, charlie)["Location"] == "/"

    session = Session.objects.get()
    assert session.amr == ["pop", "user", "mfa"] and session.strong_at is not None


def test_it_is_the_second_step(device: Authenticator, charlie: User) -> None:
    browser = show_password(charlie)
    asked = browser.get("/login/second").context["passkey"]
    answer = device.get(asked.options, b"", flags=PRESENT)

    assert browser.post("/login/second", {"challenge": asked.challenge, "answer": answer})["Location"] == "/"
    assert Session.objects.get().amr == ["pwd", "pop", "user", "mfa"]


LIES: list[dict[str, Any]] = [
    {"challenge": token_urlsafe(32)},
    {"origin": "https://evil.example.com"},
    {"origin": f"{OURS}.evil.example.com"},
    {"rp_id": "evil.example.com"},
    {"type": "webauthn.create"},
    {"flags": PRESENT},
    {"flags": VERIFIED},
    {"flags": 0},
    {"key": ec.generate_private_key(ec.SECP256R1())},
]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: " ".join(lie))
def test_no_other_answer_does(device: Authenticator, charlie: User, lie: dict[str, Any]) -> None:
    answer = shows(device, charlie, **lie)

    assert answer.status_code == 401 and "not right" in answer.content.decode()
    assert not Session.objects.exists() and Event.objects.get(result="Failed").reason == "wrong passkey"


@pytest.mark.parametrize(
    "lie", [lie for lie in LIES if "key" not in lie and lie.get("flags") != PRESENT], ids=lambda lie: " ".join(lie)
)
def test_none_is_added_by_another_answer(browser_as: BrowserAs, charlie: User, lie: dict[str, Any]) -> None:
    lie = {**lie, "type": "webauthn.get"} if "type" in lie else lie
    lie = {**lie, "flags": 0} if "flags" in lie else lie

    assert add(browser_as(charlie), Authenticator(), **lie).status_code == 400
    assert not Factor.objects.exists()


def test_no_answer_is_taken_twice(device: Authenticator, charlie: User) -> None:
    asked = asked_first(Client())
    sent = {"challenge": asked.challenge, "answer": device.get(asked.options, charlie.pk.bytes)}

    assert [Client().post("/login/passkey", sent).status_code for _ in range(2)] == [302, 401]


def test_nor_one_that_was_for_something_else(device: Authenticator, charlie: User) -> None:
    """That of the second step, where its user need not be verified, does not stand in for a password."""
    asked = show_password(charlie).get("/login/second").context["passkey"]
    sent = {"challenge": asked.challenge, "answer": device.get(asked.options, charlie.pk.bytes)}

    assert Client().post("/login/passkey", sent).status_code == 401


def test_nor_one_that_is_late(device: Authenticator, charlie: User) -> None:
    asked = asked_first(Client())
    sent = {"challenge": asked.challenge, "answer": device.get(asked.options, charlie.pk.bytes)}

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert Client().post("/login/passkey", sent).status_code == 401


def test_it_names_nobody_else(device: Authenticator, charlie: User, alice: User) -> None:
    assert shows(device, alice).status_code == 401
    assert shows(Authenticator(), charlie).status_code == 401


def test_a_copy_whose_counter_is_behind_is_refused(browser_as: BrowserAs, charlie: User) -> None:
    device = Authenticator(count=5)
    add(browser_as(charlie), device)
    device.count = 6
    assert shows(device, charlie).status_code == 302

    for device.count in (0, 5, 6):
        assert shows(device, charlie).status_code == 401


def test_it_opens_nothing_that_is_disabled(device: Authenticator, charlie: User, ada: User) -> None:
    disable_user(actor=SYSTEM, user=charlie)

    assert shows(device, charlie).status_code == 401


def test_one_passkey_has_one_owner(device: Authenticator, browser_as: BrowserAs, alice: User) -> None:
    assert add(browser_as(alice), device)["Location"] == "/account/second-factors"
    assert not alice.factors.exists()


ODD = ["", "x", "null", "[]", "{}", "1", '"a"', '{"id": 1}', '{"id":"a","rawId":"a","response":{}}', "[" * 9000]


@pytest.mark.parametrize("answer", ODD)
def test_what_is_no_answer_is_refused(device: Authenticator, charlie: User, browser_as: BrowserAs, answer: str) -> None:
    sent = {"challenge": asked_first(Client()).challenge, "answer": answer, "name": "x"}

    assert Client().post("/login/passkey", sent).status_code == 401
    assert second_step(show_password(charlie), "", **sent).status_code in (200, 401)


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
@pytest.mark.parametrize("value", [None, 1, "", "A", "!!", "oA", "o" * 99])
def test_nor_is_one_with_odd_parts(device: Authenticator, charlie: User, part: str, value: object) -> None:
    asked = asked_first(Client())
    answer = json.loads(device.get(asked.options, charlie.pk.bytes))
    answer["response"][part] = value

    sent = {"challenge": asked.challenge, "answer": json.dumps(answer)}
    assert Client().post("/login/passkey", sent).status_code == 401


@pytest.mark.parametrize(
    ("address", "offered"),
    [
        ("https://id.example.com", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000", False),
        ("http://id.example.com", False),
        ("https://192.0.2.1", False),
        ("https://[2001:db8::1]", False),
    ],
)
def test_it_is_offered_where_browsers_have_any(client: Client, db: None, address: str, offered: bool) -> None:
    with override_settings(PUBLIC_URL=address):
        assert (client.get("/login?local").context["passkey"] is not None) == offered


@pytest.mark.parametrize(("brand", "listed"), [("", "runai"), ("Acme Compute", "Acme Compute")])
def test_it_is_listed_under_the_name_of_the_organisation(
    browser_as: BrowserAs, charlie: User, brand: str, listed: str
) -> None:
    GeneralSettings.objects.update_or_create(pk=GeneralSettings.ONLY_ID, defaults={"brand_name": brand})
    asked: PasskeyChallenge = browser_as(charlie).get(ADD).context["asked"]

    assert json.loads(asked.options)["rp"] == {"name": listed, "id": "id.example.com"}


def test_passkeys_in_the_second_step_are_tried_as_often_as_codes(charlie: User) -> None:
    for _ in range(settings.SECOND_FACTOR_TRIES + 1):
        with pytest.raises(Unauthenticated):
            check_in_second_step(user=charlie, challenge="made up", answer="{}")

    reasons = Event.objects.filter(action="session:sign-in").order_by("pk").values_list("reason", flat=True)
    assert [*reasons] == ["wrong passkey"] * settings.SECOND_FACTOR_TRIES + ["too many second factors tried"]
