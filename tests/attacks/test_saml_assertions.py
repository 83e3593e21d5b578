"""S05 to S08, S16, S17: genuinely signed by the provider, and wrong all the same."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Session
from sso.models import IdentityProvider
from tests.attacks.refused import refused
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, last_attempt, path_of
from tests.sso.statement import DENIED, HOLDER_OF_KEY, SENDER_VOUCHES, ago, soon

US = "http://testserver/auth/realms/runai/broker/saml"
ELSEWHERE = "https://elsewhere.example.com"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param({"audiences": [[ELSEWHERE]]}, "other_audience", id="S05 another audience"),
        pytest.param({"audiences": []}, "other_audience", id="S05 no audience"),
        pytest.param({"audiences": [[US], [ELSEWHERE]]}, "other_audience", id="S05 a second, foreign restriction"),
        pytest.param({"audiences": [[US + "/"]]}, "other_audience", id="S05 almost our audience"),
        pytest.param({"recipient": ELSEWHERE}, "other_recipient", id="S05 another recipient"),
        pytest.param({"recipient": None}, "other_recipient", id="S05 no recipient"),
        pytest.param({"destination": ELSEWHERE}, "other_recipient", id="S05 another destination"),
        pytest.param({"conditions": False}, "bad_assertion", id="S05 no conditions"),
        pytest.param({"confirmed_response_to": "_other"}, "not_asked", id="S06 two requests answered"),
        pytest.param({"confirmed_response_to": None}, "not_asked", id="S06 the assertion answers none"),
        pytest.param({"confirmed_until": ago()}, "bad_time", id="S08 confirmation over"),
        pytest.param({"confirmed_until": None}, "bad_assertion", id="S08 confirmation without an end"),
        pytest.param({"confirmed_from": soon(hours=5)}, "bad_time", id="S08 confirmation not begun"),
        pytest.param({"not_on_or_after": ago()}, "bad_time", id="S08 conditions over"),
        pytest.param({"not_before": soon(hours=5)}, "bad_time", id="S08 conditions not begun"),
        pytest.param({"session_not_on_or_after": ago()}, "bad_time", id="S08 the session there is over"),
        pytest.param({"authenticated": soon(hours=5)}, "bad_time", id="S08 authenticated in the future"),
        pytest.param({"authenticated": None}, "bad_assertion", id="S08 not authenticated"),
        pytest.param({"confirmation": SENDER_VOUCHES}, "bad_assertion", id="sender vouches"),
        pytest.param({"confirmation": HOLDER_OF_KEY}, "bad_assertion", id="holder of key"),
        pytest.param({"confirmation": None}, "bad_assertion", id="no confirmation"),
        pytest.param({"status": DENIED}, "provider_failed", id="S16 a failure with an assertion"),
        pytest.param({"assertions": 2, "sign_assertion": False}, "bad_assertion", id="S16 two assertions"),
        pytest.param({"issuer": ELSEWHERE}, "other_issuer", id="S17 another issuer"),
        pytest.param({"issuer": None}, "other_issuer", id="S17 no issuer"),
        pytest.param({"issuer": "https://idp.example.com/metadata/"}, "other_issuer", id="S17 almost the issuer"),
        pytest.param({"version": "1.1"}, "bad_message", id="another version"),
        pytest.param({"name_id": None}, "no_identity", id="no NameID"),
        pytest.param({"name_id": "jane "}, "no_identity", id="white space behind the NameID"),
        pytest.param({"name_id": "\u00a0jane"}, "no_identity", id="a space that looks like none before the NameID"),
        pytest.param({"name_id": "j" * 600}, "no_identity", id="a NameID too long"),
        pytest.param({"attributes": {"mail": ["jane@acme.com"]}}, "no_email", id="no e-mail"),
        pytest.param({"attributes": {"email": ["a@acme.com", "b@acme.com"]}}, "no_email", id="two e-mails"),
    ],
)
def test_it_refuses(visitor: Visitor, wrong: dict[str, Any], code: str) -> None:
    assert refused(visitor, visitor.sign_in(**wrong), code)


def test_s17_a_provider_without_an_issuer_is_believed_nothing(visitor: Visitor) -> None:
    IdentityProvider.objects.update(peer={**visitor.provider.peer, "entity_id": ""})

    assert refused(visitor, visitor.sign_in(), "other_issuer")


@pytest.mark.parametrize("minutes", [0.5, -0.5])
def test_half_a_minute_of_difference_is_allowed(visitor: Visitor, minutes: float) -> None:
    late = {"not_on_or_after": ago(seconds=30), "confirmed_until": ago(seconds=30)}
    early = {"not_before": soon(seconds=30)}

    visitor.sign_in(**(late if minutes > 0 else early))

    assert visitor.is_signed_in()


@pytest.mark.parametrize(
    ("audiences", "said"),
    [
        ([[ELSEWHERE]], f"The audience is '{ELSEWHERE}', and we are"),
        ([["urn:a", "urn:b"]], "The audience is 'urn:a' or 'urn:b', and we are"),
        ([[US], ["urn:a"]], f"The audience is '{US}', and 'urn:a', and we are"),
        ([], "The audience is not said, and we are"),
    ],
)
def test_it_names_the_audiences_in_words(visitor: Visitor, audiences: list[list[str]], said: str) -> None:
    visitor.sign_in(audiences=audiences)

    assert said in next(check["detail"] for check in last_attempt().checks if check["verdict"] == "failed")


def test_s06_an_answer_to_another_browser(visitor: Visitor) -> None:
    other = Visitor(visitor.idp, visitor.provider)
    asked = visitor.idp.read(visitor.ask())

    answer = other.post(visitor.idp.answer(asked, name_id="jane-1", attributes=JANE))

    assert refused(other, answer, "not_asked") == "It was begun in this browser"


@pytest.mark.parametrize("answered", [None, "_unknown"])
def test_s06_an_answer_that_nobody_asked_for(visitor: Visitor, answered: str | None) -> None:
    told = {"in_response_to": answered, "confirmed_response_to": answered}

    assert refused(visitor, visitor.sign_in(**told), "not_asked")


def test_s06_an_answer_of_another_provider(visitor: Visitor) -> None:
    other = IdP("https://other.example.com/metadata", url="https://other.example.com")
    there = Visitor(other, connect(other, alias="other"), browser=visitor.browser)
    asked = visitor.idp.read(visitor.ask())
    told = {"audiences": [[there.provider.entity_id]], "recipient": there.provider.redirect_uri}

    answer = there.post(other.answer(asked, destination=there.provider.redirect_uri, **told, attributes=JANE))

    assert refused(there, answer, "not_asked") == "It was begun in this browser"


def test_s07_the_same_answer_twice(visitor: Visitor) -> None:
    field = visitor.idp.answer(visitor.idp.read(visitor.ask()), name_id="jane-1", attributes=JANE)
    visitor.post(field)
    Session.objects.all().delete()

    answers = [visitor.post(field), Visitor(visitor.idp, visitor.provider).post(field)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert last_attempt().code == "replayed"


def test_s07_the_same_answer_twice_where_nobody_has_to_ask(tree: object, idp: IdP) -> None:
    visitor = Visitor(idp, connect(idp, allow_idp_initiated=True))
    field = idp.unsolicited(name_id="jane-1", attributes=JANE, one_time_use=True)
    visitor.post(field)

    assert Visitor(idp, visitor.provider).post(field).status_code == 401
    assert last_attempt().code == "replayed"


def test_s07_the_browser_comes_for_it_twice(visitor: Visitor) -> None:
    field = visitor.idp.answer(visitor.idp.read(visitor.ask()), name_id="jane-1", attributes=JANE)
    waiting = Client().post(path_of(visitor.provider, "endpoint"), {"SAMLResponse": field})["Location"]

    assert [visitor.browser.get(waiting).status_code for _ in range(2)] == [302, 401]


def test_s08_the_session_here_ends_when_the_provider_says_so(visitor: Visitor) -> None:
    until = soon(hours=1)
    visitor.sign_in(session_not_on_or_after=until)

    assert abs((Session.objects.get().expires_at - until).total_seconds()) < 2
