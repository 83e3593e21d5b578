"""C10: what the trouble page advises is what would help."""

from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from accounts.models import User
from sso.mapping import DEFAULTS
from sso.near_names import near_names
from sso.refusals import REFUSALS, advice_for
from tests.conftest import BrowserAs
from tests.sso.idp_keys import Key, key
from tests.sso.signing_in import JANE, Visitor, failed_checks, last_attempt

ALLOW = "allow that on the provider"


def fingerprint(of: Key) -> str:
    der = x509.load_pem_x509_certificate(of.pem).public_bytes(Encoding.DER)
    return sha256(der).hexdigest()


def advice(ada: User, browser_as: BrowserAs) -> str:
    page = browser_as(ada).get(f"/admin/sso/attempt/{last_attempt().pk}/change/").content.decode()
    return page.partition("<strong>Refused.</strong>")[2].partition("</p>")[0]


def noted() -> str:
    return " ".join(check["detail"] for check in last_attempt().checks if check["verdict"] == "noted")


def test_a_request_that_this_browser_does_not_know(visitor: Visitor, ada: User, browser_as: BrowserAs) -> None:
    asked = visitor.idp.read(visitor.ask())
    Visitor(visitor.idp, visitor.provider).post(visitor.idp.answer(asked, name_id="jane-1", attributes=JANE))

    said = advice(ada, browser_as)

    assert ALLOW not in said
    assert "cookie" in said and "host name" in said


def test_an_answer_to_no_request(visitor: Visitor, ada: User, browser_as: BrowserAs) -> None:
    visitor.sign_in(in_response_to=None, confirmed_response_to=None)

    assert ALLOW in advice(ada, browser_as)


def test_two_assertions(visitor: Visitor, ada: User, browser_as: BrowserAs) -> None:
    visitor.sign_in(assertions=2, sign_assertion=False)

    said = advice(ada, browser_as)

    assert failed_checks(last_attempt()) == ["There is one assertion"]
    assert "in one" in said and "lacks" not in said


def test_a_certificate_that_the_metadata_does_not_name(visitor: Visitor) -> None:
    visitor.sign_in(key=key("renewed"))

    (detail,) = [check["detail"] for check in last_attempt().checks if check["verdict"] == "failed"]
    plain = detail.replace(":", "")
    seen, expected = plain.index(fingerprint(key("renewed"))), plain.index(fingerprint(key()))
    assert seen < expected
    assert "names the certificate" in detail[: seen + 200] and "metadata has" in detail


@pytest.mark.parametrize(
    ("there", "near"),
    [
        ("groups", "GROUPS"),
        ("Groups", "GROUPS"),
        ("group", "GROUPS"),
        ("memberOf", "GROUPS"),
        ("http://schemas.xmlsoap.org/claims/Group", "GROUPS"),
        ("http://schemas.microsoft.com/ws/2008/06/identity/claims/groups", "GROUPS"),
        ("urn:oid:1.3.6.1.4.1.5923.1.5.1.1", "GROUPS"),
        ("mail", "email"),
        ("E-Mail", "email"),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "email"),
        ("givenName", "firstName"),
        ("first_name", "firstName"),
        ("sn", "lastName"),
        ("uidNumber", "UID"),
    ],
)
def test_a_near_name_is_offered(there: str, near: str) -> None:
    (sentence,) = near_names(DEFAULTS, {there: ["x"], "displayName": ["Jane"]})

    assert f"no attribute {near}" in sentence
    assert there in sentence


def test_nothing_is_offered_for_what_is_there_or_has_no_namesake() -> None:
    assert near_names(DEFAULTS, {"GROUPS": ["a"], "groups": ["b"], "department": ["c"]}) == []


def test_the_test_says_which_attribute_may_be_meant(visitor: Visitor, ada: User, browser_as: BrowserAs) -> None:
    tester = Visitor(visitor.idp, visitor.provider, browser=browser_as(ada))
    asked = visitor.idp.read(tester.ask(test="1"))

    tester.post(visitor.idp.answer(asked, name_id="jane-1", attributes={"email": ["j@acme.com"], "groups": ["gpu"]}))

    assert last_attempt().is_test
    assert "There is no attribute GROUPS, and there is groups" in noted()


def test_without_an_email_its_namesake_is_named(visitor: Visitor) -> None:
    visitor.sign_in(attributes={"mail": ["jane@acme.com"]})

    assert last_attempt().code == "no_email"
    assert "there is mail" in last_attempt().checks[-1]["detail"]


@pytest.mark.parametrize("code", REFUSALS)
def test_each_code_has_an_advice(code: str) -> None:
    assert advice_for(code, "") == REFUSALS[code].advice
