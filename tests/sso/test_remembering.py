"""What a browser keeps of the sign-ins that it began. Nothing of them is kept on the server, and each is used once."""

import json
from datetime import timedelta
from http.cookies import Morsel

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session
from common.actors import SYSTEM
from sso.models import IdentityProvider
from sso.services.providers import connect_provider
from sso.views.pending import LONGEST, MOST, MOST_BYTES
from tests.attacks.published import counted_rows
from tests.sso.op import CLIENT_ID, CLIENT_SECRET, OP
from tests.sso.signing_in import JANE, Visitor, last_attempt, path_of


def kept_by(browser: Client) -> dict[str, Morsel[str]]:
    """The cookies of sign-ins that a browser would send."""
    return {name: one for name, one in browser.cookies.items() if "sso-" in name and one.value}


def asks_ten_times(visitor: Visitor, **query: str) -> list[str]:
    """Ten tabs; what each would be answered."""
    asked = [visitor.idp.read(visitor.ask(**query)) for _ in range(10)]
    return [visitor.idp.answer(one, name_id="jane-1", attributes=JANE) for one in asked]


def answered(visitor: Visitor, response: str) -> int:
    return int(visitor.post(response).status_code)


def test_beginning_leaves_no_row(visitor: Visitor, op: OP) -> None:
    connect_provider(
        actor=SYSTEM,
        alias="acme",
        type="oidc",
        metadata=json.dumps(op.discovery()),
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        email_domains=["acme.com"],
        enabled=True,
    )
    before = counted_rows()

    for _ in range(20):
        assert Client().get(path_of(visitor.provider, "login")).status_code == 302
        assert Client().get("/auth/realms/runai/broker/acme/login").status_code == 302

    assert counted_rows() == before


@pytest.mark.parametrize("https", [False, True])
def test_no_page_and_no_other_site_reads_it(visitor: Visitor, settings: Settings, https: bool) -> None:
    settings.HTTPS = https
    visitor.ask()

    ((name, one),) = kept_by(visitor.browser).items()

    assert name.startswith("__Host-sso-" if https else "sso-")
    assert (one["httponly"], one["samesite"], one["path"], one["domain"]) == (True, "Lax", "/", "")
    assert (bool(one["secure"]), one["max-age"]) == (https, 1800)


def test_it_shows_nothing_of_what_it_holds(visitor: Visitor) -> None:
    visitor.ask(next="/account")

    ((_, one),) = kept_by(visitor.browser).items()

    assert str(visitor.provider.pk) not in one.value and "account" not in one.value


def test_tabs_side_by_side_are_finished_in_any_order(visitor: Visitor) -> None:
    responses = asks_ten_times(visitor)[-MOST:]

    assert [answered(visitor, response) for response in reversed(responses)] == [302] * MOST
    assert kept_by(visitor.browser) == {}


def test_of_too_many_the_oldest_are_forgotten(visitor: Visitor) -> None:
    responses = asks_ten_times(visitor)

    assert len(kept_by(visitor.browser)) == MOST
    assert answered(visitor, responses[-MOST - 1]) == 401


@pytest.mark.parametrize("query", ["x" * 1990, "é" * 1990, "".join(map(chr, range(0x4E00, 0x4E00 + 1990)))])
def test_they_fit_into_a_request(visitor: Visitor, query: str) -> None:
    responses = asks_ten_times(visitor, next=f"/account?{query}")

    sizes = [len(one.value) for one in kept_by(visitor.browser).values()]

    assert sizes and max(sizes) <= LONGEST and sum(sizes) <= MOST_BYTES
    assert answered(visitor, responses[-1]) == 302


def test_it_is_taken_away_with_the_answer(visitor: Visitor) -> None:
    (response, *_) = asks_ten_times(visitor)[-1:]

    visitor.post(response)

    assert len(kept_by(visitor.browser)) == MOST - 1


def test_who_kept_it_can_not_use_it_again(visitor: Visitor) -> None:
    asked = visitor.idp.read(visitor.ask())
    kept = {name: one.value for name, one in kept_by(visitor.browser).items()}

    answers = []
    for _ in range(2):
        visitor.browser.cookies.load(kept)
        answers.append(answered(visitor, visitor.idp.answer(asked, name_id="jane-1", attributes=JANE)))

    assert answers == [302, 401] and last_attempt().code == "not_asked"


def test_another_browser_does_not_have_it(visitor: Visitor) -> None:
    response = asks_ten_times(visitor)[-1]
    stranger = Visitor(visitor.idp, visitor.provider)
    stranger.ask()

    assert answered(stranger, response) == 401 and last_attempt().code == "not_asked"


def test_it_ends_after_half_an_hour(visitor: Visitor) -> None:
    asked = visitor.idp.read(visitor.ask())

    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        status = answered(visitor, visitor.idp.answer(asked, name_id="jane-1", attributes=JANE))

    assert status == 401 and not Session.objects.exists()


def forged(name: str, value: str, others: str) -> dict[str, str]:
    half = len(value) // 2
    return {
        "of another sign-in": others,
        "cut off": value[:-1],
        "one character else": value[:half] + ("A" if value[half] != "A" else "B") + value[half + 1 :],
        "the clear text": json.dumps([name, {"provider": "x"}]),
        "nothing": "",
        "no ASCII": "é",
        "long": "A" * (LONGEST + 1),
    }


@pytest.mark.parametrize("how", forged("x", "xx", "x"))
def test_nobody_else_makes_one(visitor: Visitor, provider: IdentityProvider, how: str) -> None:
    others = Visitor(visitor.idp, provider)
    others.ask()
    response = visitor.idp.answer(visitor.idp.read(visitor.ask()), name_id="jane-1", attributes=JANE)
    ((name, one),) = kept_by(visitor.browser).items()
    ((_, other),) = kept_by(others.browser).items()

    visitor.browser.cookies[name] = forged(name, one.value, other.value)[how]

    assert answered(visitor, response) == 401 and last_attempt().code == "not_asked"
