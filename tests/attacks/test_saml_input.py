"""S03, S13, S14: XML that two readers understand differently, or that costs more than it says."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from sso.saml import sandbox
from sso.saml.reader.xml import UnreadableMessage, parse
from sso.saml.sandbox import Bounds
from tests.attacks.refused import refused
from tests.sso.bindings import Asked, posted
from tests.sso.growing import INSIDE, made_up
from tests.sso.idp import IdP
from tests.sso.malformed import BOMBS, DIALECTS, deflate_bomb, huge_field
from tests.sso.signing_in import Visitor, last_attempt, path_of

LONGEST_FORM = 200_000

QUICK = 1  # seconds, on a busy machine; it takes hundredths


def response(visitor: Visitor, change: Callable[[bytes], bytes]) -> str:
    return posted(change(visitor.idp.response(visitor.idp.read(visitor.ask()), name_id="jane")))


@pytest.mark.parametrize("name", DIALECTS)
def test_s13_a_dialect_of_xml(visitor: Visitor, name: str) -> None:
    answer = visitor.post(response(visitor, DIALECTS[name]))

    assert refused(visitor, answer, last_attempt().code) in ("The message can be read", "The response's signature")


def quickest(ask: Callable[[], Any]) -> tuple[Any, float]:
    """Return the last of three answers, and the seconds of the quickest: a process of its own reads the message."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        answer = ask()
        took.append(time.perf_counter() - began)
    return answer, min(took)


@pytest.mark.parametrize("name", BOMBS)
def test_s14_a_bomb_is_refused_at_once_and_the_next_one_signs_in(visitor: Visitor, name: str) -> None:
    bomb = response(visitor, BOMBS[name])
    answer, took = quickest(lambda: visitor.post(bomb))

    if len(bomb) < LONGEST_FORM:  # of what is longer nothing was read at all
        refused(visitor, answer, "bad_message")
    assert answer.status_code in (400, 413)
    assert took < QUICK
    visitor.sign_in()
    assert visitor.is_signed_in()


@pytest.mark.parametrize("name", BOMBS)
def test_s14_the_reader_itself_refuses_a_bomb_at_once(idp: IdP, name: str) -> None:
    bomb = BOMBS[name](idp.response(Asked("_1", "us", "https://us.example.com"), name_id="jane"))
    began = time.thread_time()

    with pytest.raises(UnreadableMessage):
        parse(bomb)

    assert time.thread_time() - began < QUICK


@pytest.mark.parametrize("bounds", [Bounds(0.001, 50), Bounds(1, 0)], ids=["time", "memory"])
def test_c3_what_costs_too_much_is_recorded_and_the_next_one_signs_in(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, bounds: Bounds
) -> None:
    sandbox._sandbox.close()  # one that has read before has memory left
    with monkeypatch.context() as less:
        less.setattr(sandbox, "MESSAGE", bounds)
        answer = visitor.post(posted(made_up(INSIDE["elements"](50_000, ""))))

    assert refused(visitor, answer, "too_costly") == "It can be read at a reasonable cost"
    visitor.sign_in()
    assert visitor.is_signed_in()


@pytest.mark.parametrize("field", [huge_field(), deflate_bomb(), "", "a" * 400_000, "%00", "=", "<xml/>", "YQ"])
def test_s14_a_field_that_is_no_message(visitor: Visitor, field: str) -> None:
    answer, took = quickest(lambda: visitor.post(field))

    assert answer.status_code in (400, 413)
    assert took < QUICK
    assert not visitor.is_signed_in()


def test_s14_an_inflated_logout_request(visitor: Visitor) -> None:
    query = {"SAMLRequest": deflate_bomb(50_000_000)[:60_000], "SigAlg": "x", "Signature": "eA=="}

    answer, took = quickest(lambda: Client().get(path_of(visitor.provider, "logout"), query))

    assert answer.status_code < 500
    assert took < QUICK


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
def test_the_endpoint_takes_posts(visitor: Visitor, method: str) -> None:
    assert getattr(Client(), method)(path_of(visitor.provider, "endpoint")).status_code in (400, 405)
