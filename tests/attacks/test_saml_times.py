"""C7: times that no calendar has, that no clock will reach, or that two readers understand differently."""

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from accounts.models import Session
from sso.saml.reader.times import NotATime, read_time
from tests.attacks.refused import refused
from tests.sso import alone
from tests.sso.bindings import posted
from tests.sso.signing import NAMES, sign_here
from tests.sso.signing_in import Visitor, last_attempt, path_of
from tests.sso.statement import ago, soon

EDGES = [
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0000-00-00T00:00:00Z",
    "-0044-03-15T12:00:00Z",
    "12026-01-01T00:00:00Z",
    "2100-01-01T00:00:00Z",
    "2026-06-30T23:59:60Z",
    "2026-01-01T24:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-01-01T12:60:00Z",
    f"2026-01-01T12:00:00.{'1' * 30}Z",
    "2026-01-01T12:00:00.Z",
    "2026-01-01T12:00Z",
    "2026-01-01T12:00:00",
    "2026-01-01",
    "2026-01-01T12:00:00+14:01",
    "2026-01-01T12:00:00+99:99",
    "2026-01-01T12:00:00z",
    "2026-01-01 12:00:00Z",
    "2026-1-1T1:1:1Z",
    "20260101T120000Z",
    "2026-W01-1T12:00:00Z",
    "\u0662\u0660\u0662\u0666-01-01T12:00:00Z",
    "\u00a02026-01-01T12:00:00Z",
    "1767268800",
    "now",
    "",
    " ",
    "Z" * 100_000,
]
ATTRIBUTES = [
    (".", "IssueInstant"),
    ("saml:Assertion", "IssueInstant"),
    (".//saml:Conditions", "NotBefore"),
    (".//saml:Conditions", "NotOnOrAfter"),
    (".//saml:SubjectConfirmationData", "NotBefore"),
    (".//saml:SubjectConfirmationData", "NotOnOrAfter"),
    (".//saml:AuthnStatement", "AuthnInstant"),
    (".//saml:AuthnStatement", "SessionNotOnOrAfter"),
]


def saying(path: str, name: str, value: str) -> bytes:
    return alone.changed(lambda root: root.find(path, NAMES).set(name, value))


def without(path: str, name: str) -> bytes:
    return alone.changed(lambda root: root.find(path, NAMES).attrib.pop(name))


@pytest.mark.parametrize("value", EDGES, ids=lambda value: value[:30])
def test_it_is_no_time(value: str) -> None:
    with pytest.raises(NotATime):
        read_time(value)


@pytest.mark.parametrize(("path", "name"), ATTRIBUTES)
def test_c7_a_time_at_the_edge_is_refused_wherever_it_stands(path: str, name: str) -> None:
    for value in EDGES:
        code, detail = alone.judged(saying(path, name, value))

        assert code == "bad_assertion"
        assert detail.startswith(f"{name} is {value[:5]!r}"[:-1])


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-01-31T12:00:00Z", 0),
        ("2026-01-31T12:00:00.1234567Z", 0.123456),
        ("2026-01-31T12:00:00.1Z", 0.1),
        ("2026-01-31T14:00:00+02:00", 0),
        ("2026-01-30T22:00:00-14:00", 0),
        ("\n 2026-01-31T12:00:00Z\t", 0),
        ("2026-01-31T12:00:00.123456789Z", 0.123456),
    ],
)
def test_it_is_this_time(text: str, seconds: float) -> None:
    assert read_time(text) == datetime(2026, 1, 31, 12, tzinfo=UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize("path", [".", "saml:Assertion"])
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(-7200, "bad_time"), (300, "bad_time"), (-3000, ""), (30, "")],
)
def test_c7_when_it_was_issued_counts(path: str, seconds: int, code: str) -> None:
    issued = soon(seconds=seconds)

    assert alone.judged(saying(path, "IssueInstant", issued.strftime("%Y-%m-%dT%H:%M:%SZ")))[0] == code


@pytest.mark.parametrize("path", [".", "saml:Assertion"])
def test_c7_it_says_when_it_was_issued(path: str) -> None:
    assert alone.judged(without(path, "IssueInstant"))[0] == "bad_assertion"


@pytest.mark.parametrize("value", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
def test_c7_the_person_reads_a_refusal_and_no_error(visitor: Visitor, value: str) -> None:
    root = etree.fromstring(visitor.idp.response(visitor.idp.read(visitor.ask()), sign_response=False))
    root.find(".//saml:SubjectConfirmationData", NAMES).set("NotOnOrAfter", value)
    signature = root.find(".//ds:Signature", NAMES)
    signature.getparent().remove(signature)

    assert refused(visitor, visitor.post(posted(sign_here(root))), "bad_assertion") == "Its times can be read"


def logout_request(visitor: Visitor, **attributes: str) -> dict[str, str]:
    sent: Any = visitor.idp.logout_request("jane-1", signed=False)
    root = etree.fromstring(base64.b64decode(sent["SAMLRequest"]))
    for name, value in attributes.items():
        root.set(name, value)
    return {"SAMLRequest": posted(sign_here(root))}


@pytest.mark.parametrize("name", ["IssueInstant", "NotOnOrAfter"])
def test_c7_a_logout_request_with_a_time_at_the_edge(visitor: Visitor, name: str) -> None:
    visitor.sign_in()
    for value in EDGES:
        answer = Client().post(path_of(visitor.provider, "logout"), logout_request(visitor, **{name: value}))

        too_long = len(value) > 50_000  # refused unread
        assert (answer.status_code, last_attempt().code) == (413 if too_long else 401, "bad_assertion")
    assert visitor.is_signed_in()


@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_c7_a_logout_request_ends_nothing_that_began_since(visitor: Visitor, binding: Any) -> None:
    request = visitor.idp.logout_request("jane-1", binding=binding)
    path = path_of(visitor.provider, "logout")
    answers = []
    # SAML tells seconds: what was issued in the second of a logout counts as from before it.
    for later in (0, 2):
        visitor.sign_in(issued=datetime.now(UTC) + timedelta(seconds=later))
        answers.append(Client().get(str(request)) if binding == "redirect" else Client().post(path, request))

    assert [answer.status_code for answer in answers] == [302, 401]
    assert last_attempt().code == "replayed"
    assert visitor.is_signed_in()


def test_c7_an_old_logout_request(visitor: Visitor) -> None:
    visitor.sign_in()
    old = logout_request(visitor, IssueInstant=ago(hours=2).strftime("%Y-%m-%dT%H:%M:%SZ"))

    assert Client().post(path_of(visitor.provider, "logout"), old).status_code == 401
    assert Session.objects.live().exists()
    assert re.match("From .* until", last_attempt().checks[-1]["detail"])
