"""The trouble page: what happened to the last sign-ins, and the identities that they left."""

import pytest
from django.test import Client

from accounts.models import Session, User
from accounts.services.users import create_user
from common.actors import SYSTEM
from sso.models import Identity, IdentityProvider
from tests import cast
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, jane, last_attempt

ATTEMPTS = "/admin/sso/attempt/"
IDENTITIES = "/admin/sso/identity/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def visitor(tree: cast.Tree) -> Visitor:
    idp = IdP()
    return Visitor(idp, connect(idp))


def act(admin: Client, name: str) -> str:
    chosen = {"action": name, "_selected_action": str(Identity.objects.get().pk), "confirmed": "yes"}
    return admin.post(IDENTITIES, chosen, follow=True).content.decode()


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


def test_an_administrator_links_who_was_refused(admin: Client, visitor: Visitor) -> None:
    create_user(actor=SYSTEM, email="jane@acme.com", must_change_password=False)
    visitor.sign_in()
    assert last_attempt().code == "email_taken"

    act(admin, "link")
    visitor.sign_in()

    assert visitor.is_signed_in()
    assert Identity.objects.get().user == jane()


def test_unlinking_ends_the_sessions_and_the_way_in(admin: Client, visitor: Visitor) -> None:
    visitor.sign_in()

    act(admin, "unlink")

    assert not visitor.is_signed_in()
    assert not Session.objects.live().filter(user=jane()).exists()
    assert visitor.sign_in().status_code == 403


@pytest.mark.parametrize("privileged", [False, True])
def test_an_administrator_is_linked_only_where_the_mapping_is_privileged(
    admin: Client, visitor: Visitor, tree: cast.Tree, privileged: bool
) -> None:
    create_user(actor=SYSTEM, email="jane@acme.com", must_change_password=False)
    cast.rule("user", "jane@acme.com", "System administrator", tree.tenant)
    visitor.sign_in()
    IdentityProvider.objects.update(privileged=privileged)

    page = act(admin, "link")

    assert ("mark the mapping" in page) is not privileged
    assert (Identity.objects.get().user is not None) is privileged


def test_the_pages_are_for_who_sees_security_settings(alice: User, browser_as: BrowserAs, visitor: Visitor) -> None:
    browser = browser_as(alice)

    assert {browser.get(page).status_code for page in (ATTEMPTS, IDENTITIES)} <= {302, 403}
