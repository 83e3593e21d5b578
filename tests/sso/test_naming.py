"""C9: by what somebody is known again: a NameID that stays, or an attribute that an administrator chose."""

import pytest
from django.test import Client

from accounts.models import Session, User
from common.actors import SYSTEM
from sso.models import Identity, IdentityProvider
from sso.services.providers import update_provider
from tests.attacks.refused import refused
from tests.conftest import BrowserAs
from tests.sso.signing_in import JANE, Visitor, last_attempt
from tests.sso.statement import EMAIL, TRANSIENT

EMPLOYEE = {**JANE, "employeeNumber": ["4711"]}


@pytest.fixture
def by_number(provider: IdentityProvider) -> IdentityProvider:
    return update_provider(actor=SYSTEM, provider=provider, subject_attribute="employeeNumber")


def details(verdict: str) -> str:
    return " ".join(check["detail"] for check in last_attempt().checks if check["verdict"] == verdict)


def test_c9_a_transient_name_id_is_refused_at_the_first_sign_in(visitor: Visitor) -> None:
    answer = visitor.sign_in(name_id="_f00", name_id_format=TRANSIENT)

    assert refused(visitor, answer, "transient_identity") == "The subject stays the same"
    assert "_f00 is transient" in details("failed")


@pytest.mark.parametrize("around", [" {}", "{}\n", "\t{} "])
def test_c9_white_space_around_the_format_is_none_of_it(visitor: Visitor, around: str) -> None:
    answer = visitor.sign_in(name_id="_f00", name_id_format=around.format(TRANSIENT))

    refused(visitor, answer, "transient_identity")


def test_c9_a_transient_name_id_fails_the_test_with_the_remedy(
    visitor: Visitor, ada: User, browser_as: BrowserAs
) -> None:
    tester = Visitor(visitor.idp, visitor.provider, browser=browser_as(ada))
    asked = visitor.idp.read(tester.ask(test="1"))
    tester.post(visitor.idp.answer(asked, name_id="_f00", name_id_format=TRANSIENT, attributes=JANE))

    attempt = last_attempt()
    page = tester.browser.get(f"/admin/sso/attempt/{attempt.pk}/change/").content.decode()
    assert (attempt.code, attempt.is_test) == ("transient_identity", True)
    assert "persistent NameID" in page
    assert "as the identity" in page


def test_c9_an_attribute_says_who_it_is(visitor: Visitor, by_number: IdentityProvider) -> None:
    visitor.sign_in(name_id="_f00", name_id_format=TRANSIENT, attributes=EMPLOYEE)
    again = Visitor(visitor.idp, visitor.provider)
    again.sign_in(name_id="_ba7", name_id_format=TRANSIENT, attributes={**EMPLOYEE, "email": ["jane.doe@acme.com"]})

    assert again.is_signed_in()
    assert Identity.objects.get().subject == "4711"
    assert User.objects.filter(is_local=False).count() == 1


@pytest.mark.parametrize("values", [[], ["4711", "4712"], [""], [" 4711"], ["47\u200b11"], ["4" * 600]])
def test_c9_an_attribute_that_says_nothing_clear(
    visitor: Visitor, by_number: IdentityProvider, values: list[str]
) -> None:
    answer = visitor.sign_in(name_id="jane-1", attributes={**JANE, "employeeNumber": values})

    assert refused(visitor, answer, "no_identity") == "The subject stays the same"


def test_c9_signing_out_goes_by_the_name_id(visitor: Visitor, by_number: IdentityProvider) -> None:
    visitor.sign_in(name_id="_f00", name_id_format=TRANSIENT, attributes=EMPLOYEE)
    page = visitor.browser.post("/logout")
    sent = visitor.idp.read_logout(visitor.browser.get(page.context["elsewhere"])["Location"])

    assert sent.name_id == "_f00"


def test_c9_signing_out_there_ends_the_session_of_that_name_id_alone(
    visitor: Visitor, by_number: IdentityProvider
) -> None:
    visitor.sign_in(name_id="_f00", name_id_format=TRANSIENT, attributes=EMPLOYEE)
    other = Visitor(visitor.idp, visitor.provider)
    # Whose number is what somebody else's NameID is.
    other.sign_in(name_id="_ba7", attributes={"email": ["john@acme.com"], "employeeNumber": ["_f00"]})

    Client().get(str(visitor.idp.logout_request("_f00", binding="redirect")))

    assert not visitor.is_signed_in()
    assert other.is_signed_in()


def test_c9_sessions_from_before_end_by_the_identity(visitor: Visitor) -> None:
    visitor.sign_in()
    there = Session.objects.get().at_provider
    del there.name_id["Text"]
    there.save()

    Client().get(str(visitor.idp.logout_request("jane-1", binding="redirect")))

    assert not visitor.is_signed_in()


def test_c9_the_attempt_shows_the_name_id_with_its_format(visitor: Visitor) -> None:
    visitor.sign_in()

    assert "jane-1 (persistent)" in details("passed")


def test_c9_the_attempt_shows_that_the_name_id_is_another_now(visitor: Visitor) -> None:
    visitor.sign_in()
    Session.objects.all().delete()

    answer = Visitor(visitor.idp, visitor.provider).sign_in(name_id="jane@acme.com", name_id_format=EMAIL)

    assert (answer.status_code, last_attempt().code) == (403, "address_reused")
    assert "was known by the NameID jane-1" in details("noted")
    assert "comes with jane@acme.com now" in details("noted")


def test_c9_the_page_of_a_provider_warns_of_the_attribute(ada: User, browser_as: BrowserAs, visitor: Visitor) -> None:
    page = browser_as(ada).get(f"/admin/sso/identityprovider/{visitor.provider.pk}/metadata/").content.decode()

    assert "signs in as anybody" in page
