"""The trouble page: what happened to the last sign-ins, check by check."""

import pytest
from django.test import Client

from accounts.models import User
from tests import cast
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, last_attempt

ATTEMPTS = "/admin/sso/attempt/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def visitor(tree: cast.Tree) -> Visitor:
    idp = IdP()
    return Visitor(idp, connect(idp))


def test_a_refusal_is_found_by_the_reference_that_was_read_out(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in(audiences=[["https://other.example.com"]])
    attempt = last_attempt()

    found = admin.get(ATTEMPTS, {"q": attempt.reference}).content.decode()
    page = admin.get(f"{ATTEMPTS}{attempt.pk}/change/").content.decode()

    assert attempt.reference in found
    assert "set the audience to our entity ID" in page
    assert "https://other.example.com" in page


def test_a_success_shows_what_the_mapping_made(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in()

    page = admin.get(f"{ATTEMPTS}{last_attempt().pk}/change/").content.decode()

    assert "by a certificate of this provider" in page
    assert "developers" in page


def test_nothing_secret_is_kept_of_an_attempt(visitor: Visitor) -> None:
    asked = visitor.idp.read(visitor.ask())
    response = visitor.idp.response(asked, name_id="jane-1", attributes={**JANE, "salary": ["90000"]})
    signature = response.decode().partition("SignatureValue>")[2][:40]
    visitor.post(visitor.idp.answer(asked, name_id="jane-1", attributes={**JANE, "salary": ["90000"]}))

    kept = str([last_attempt().checks, last_attempt().mapped])

    assert "salary" in kept
    assert "90000" not in kept
    assert signature not in kept


def test_nobody_changes_an_attempt(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in()

    assert admin.post(f"{ATTEMPTS}{last_attempt().pk}/change/", {"reference": "x"}).status_code == 403
    assert admin.post(f"{ATTEMPTS}{last_attempt().pk}/delete/", {"post": "yes"}).status_code == 403


def test_it_shows_each_check_with_its_verdict_in_words(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in(attributes={**JANE, "UID": ["a thousand"]})

    page = admin.get(f"{ATTEMPTS}{last_attempt().pk}/change/").content.decode()

    assert '<span class="verdict passed">passed</span>' in page
    assert '<span class="verdict noted">noted</span>' in page
    assert "<td>developers, gpu</td>" in page


def test_the_list_is_narrowed_by_provider_and_outcome(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in()
    refused = Visitor(visitor.idp, connect(visitor.idp, alias="other", create_users=False, name="Other"))
    refused.sign_in(name_id="john", attributes={"email": ["john@acme.com"]})

    of_one = admin.get(ATTEMPTS, {"provider__id__exact": str(visitor.provider.pk)}).content.decode()
    of_refused = admin.get(ATTEMPTS, {"outcome__exact": "refused"}).content.decode()

    assert ("jane@acme.com" in of_one, "john@acme.com" in of_one) == (True, False)
    assert ("jane@acme.com" in of_refused, "john@acme.com" in of_refused) == (False, True)


def test_what_a_stranger_sent_is_shown_as_text(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in(audiences=[["<script>alert(1)</script>"]])

    page = admin.get(f"{ATTEMPTS}{last_attempt().pk}/change/").content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_it_leads_into_the_audit_log_of_its_provider(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in(audiences=[["https://other.example.com"]])

    log = admin.get(f"{ATTEMPTS}{last_attempt().pk}/history/", follow=True).content.decode()

    assert "session:sign-in" in log


@pytest.mark.parametrize("leaf", ["", "{pk}/change/", "{pk}/history/"])
def test_who_may_not_connect_directories_sees_none(
    alice: User, browser_as: BrowserAs, visitor: Visitor, leaf: str
) -> None:
    visitor.sign_in()

    answer = browser_as(alice).get(f"{ATTEMPTS}{leaf.format(pk=last_attempt().pk)}")

    assert answer.status_code in (302, 403, 404)
    assert str(visitor.provider.pk) not in answer.headers.get("Location", "")
