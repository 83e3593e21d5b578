"""C8: forms of an answer that mean the same, and are believed alike; each beside the form of it that is not."""

from typing import Any

import pytest
from lxml import etree

from accounts.models import Session, User
from sso.models import Identity
from tests.sso import alone
from tests.sso.bindings import posted
from tests.sso.idp_keys import key
from tests.sso.signing import ASSERTION, NAMES, encrypted_bytes, sign_here
from tests.sso.signing_in import JANE, Visitor, last_attempt
from tests.sso.statement import EMAIL, ago

CONFIRMATION = ".//saml:SubjectConfirmation"
ELSEWHERE = "https://elsewhere.example.com"


def first(root: Any, path: str) -> Any:
    return root.find(path, NAMES)


def test_c8_the_whole_response_is_signed_and_the_assertion_is_not(visitor: Visitor) -> None:
    asked = visitor.idp.read(visitor.ask())
    message = visitor.idp.response(asked, sign_assertion=False, name_id="jane-1", attributes=JANE)

    visitor.post(posted(message))

    assert visitor.is_signed_in()
    (check,) = [check for check in last_attempt().checks if check["check"] == "The assertion's signature"]
    assert (check["verdict"], check["detail"], check["source"]) == ("passed", "with the response", "provider")


def test_c8_encrypted_in_a_signed_response() -> None:
    root = etree.fromstring(alone.genuine(sign_assertion=False))
    assertion = first(root, "saml:Assertion")
    wrapper = etree.Element(f"{{{ASSERTION}}}EncryptedAssertion")
    wrapper.append(encrypted_bytes(etree.tostring(assertion, with_tail=False), alone.ours().pem))
    root.replace(assertion, wrapper)

    assert alone.judged(sign_here(root)) == ("", "")


@pytest.mark.parametrize("change", ["saml:Assertion/saml:Subject/saml:NameID", ".//saml:AttributeValue"])
def test_c8_what_was_changed_in_a_signed_response_is_not_believed(change: str) -> None:
    root = etree.fromstring(alone.changed(lambda root: None))
    first(root, change).text = "victim"

    assert alone.judged(etree.tostring(root))[0] == "bad_signature"


def test_c8_an_assertion_that_a_stranger_signed_inside_a_signed_response() -> None:
    root = etree.fromstring(alone.genuine(sign_assertion=False))
    assertion = etree.fromstring(etree.tostring(first(root, "saml:Assertion")))
    root.replace(first(root, "saml:Assertion"), etree.fromstring(sign_here(assertion, key=key("stranger"))))

    assert alone.judged(sign_here(root))[0] == "bad_signature"


def with_encrypted_id(root: Any, inside: bytes = b"") -> None:
    name_id = first(root, ".//saml:NameID")
    wrapper = etree.Element(f"{{{ASSERTION}}}EncryptedID")
    wrapper.append(encrypted_bytes(inside or etree.tostring(name_id, with_tail=False), alone.ours().pem))
    name_id.getparent().replace(name_id, wrapper)


def test_c8_an_encrypted_name_id(visitor: Visitor) -> None:
    asked = visitor.idp.read(visitor.ask())
    root = etree.fromstring(visitor.idp.response(asked, sign_assertion=False, sign_response=False, name_id="jane-1"))
    name_id = first(root, ".//saml:NameID")
    wrapper = etree.Element(f"{{{ASSERTION}}}EncryptedID")
    certificate = visitor.idp.sp_certificate("encryption") or b""
    wrapper.append(encrypted_bytes(etree.tostring(name_id, with_tail=False), certificate))
    name_id.getparent().replace(name_id, wrapper)

    visitor.post(posted(sign_here(root)))

    assert visitor.is_signed_in()
    assert Identity.objects.get().subject == "jane-1"


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (b"jane", "bad_encryption"),
        (b"<NameID>jane</NameID>", "bad_encryption"),
        (b'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">jane</saml:Issuer>', "bad_encryption"),
        (b'<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"> jane</saml:NameID>', "no_identity"),
        (
            b'<!DOCTYPE a><saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">j</saml:NameID>',
            "bad_encryption",
        ),
    ],
)
def test_c8_an_encrypted_name_id_that_is_none(inside: bytes, code: str) -> None:
    assert alone.judged(alone.changed(lambda root: with_encrypted_id(root, inside)))[0] == code


def test_c8_a_name_id_beside_an_encrypted_one() -> None:
    def both(root: Any) -> None:
        name_id = first(root, ".//saml:NameID")
        with_encrypted_id(root)
        first(root, ".//saml:Subject").insert(0, name_id)

    assert alone.judged(alone.changed(both))[0] == "no_identity"


@pytest.mark.parametrize("around", ["\n   {}\n", " {}", "{}\t", "\r\n{}"])
@pytest.mark.parametrize("path", [".//saml:Audience", "saml:Issuer", "saml:Assertion/saml:Issuer"])
def test_c8_white_space_around_a_uri_is_none_of_it(path: str, around: str) -> None:
    def spaced(root: Any) -> None:
        first(root, path).text = around.format(first(root, path).text)

    assert alone.judged(alone.changed(spaced)) == ("", "")


@pytest.mark.parametrize("around", ["\u00a0{}", "{}\u200b", "{}/", "x {}"])
def test_c8_anything_else_around_it_is_another(around: str) -> None:
    def other(root: Any) -> None:
        first(root, ".//saml:Audience").text = around.format(alone.US)

    assert alone.judged(alone.changed(other))[0] == "other_audience"


def confirmed_too(root: Any, *, before: bool, **data: str) -> None:
    """Another confirmation, with other data, before the one that holds or behind it."""
    one = first(root, CONFIRMATION)
    other = etree.fromstring(etree.tostring(one))
    for name, value in data.items():
        first(other, "saml:SubjectConfirmationData").set(name, value)
    one.addprevious(other) if before else one.addnext(other)


WRONG = {
    "for elsewhere": ({"Recipient": ELSEWHERE}, "other_recipient"),
    "over": ({"NotOnOrAfter": ago().strftime("%Y-%m-%dT%H:%M:%SZ")}, "bad_time"),
    "to another request": ({"InResponseTo": "_other"}, "not_asked"),
    "at no time": ({"NotOnOrAfter": "9999-12-31T23:59:59Z"}, "bad_assertion"),
}


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("name", WRONG)
def test_c8_one_confirmation_that_holds_is_enough(name: str, before: bool) -> None:
    data, _ = WRONG[name]

    assert alone.judged(alone.changed(lambda root: confirmed_too(root, before=before, **data))) == ("", "")


@pytest.mark.parametrize("name", WRONG)
def test_c8_none_that_holds_is_not(name: str) -> None:
    data, code = WRONG[name]

    def none(root: Any) -> None:
        confirmed_too(root, before=True, Recipient=ELSEWHERE)
        for known, value in data.items():
            root.findall(CONFIRMATION, NAMES)[1].find("saml:SubjectConfirmationData", NAMES).set(known, value)

    assert alone.judged(alone.changed(none))[0] == code


def test_c8_the_same_value_twice_is_one_value(visitor: Visitor) -> None:
    visitor.sign_in(attributes={"email": ["dup@example.com", "dup@example.com"], "GROUPS": ["gpu", "gpu"]})

    assert visitor.is_signed_in()
    assert User.objects.get(email="dup@example.com").group_names() == ["gpu"]


@pytest.mark.parametrize("spelled", ["JANE@acme.com", "jane@ACME.COM", "jane@acme.com"])
def test_c8_an_address_in_other_capitals_is_the_same_person(visitor: Visitor, spelled: str) -> None:
    for name_id in ("Jane@Acme.com", spelled):
        other = Visitor(visitor.idp, visitor.provider)
        other.sign_in(name_id=name_id, name_id_format=EMAIL)

    assert other.is_signed_in()
    assert Identity.objects.get().subject == "jane@acme.com"


@pytest.mark.parametrize("kept", [["Jane@Acme.com"], ["JANE@acme.com", "Jane@Acme.com"]])
@pytest.mark.parametrize("spelled", ["JANE@acme.com", "Jane@Acme.com", "jane@acme.com"])
def test_c8_an_identity_that_was_kept_in_capitals_is_still_found(
    visitor: Visitor, kept: list[str], spelled: str
) -> None:
    """As earlier versions kept it; the last of them is linked, another was refused."""
    visitor.sign_in(name_id=kept[-1], name_id_format=EMAIL)
    linked = Identity.objects.get()
    Identity.objects.update(subject=kept[-1])
    for other in kept[:-1]:
        Identity.objects.create(
            provider=visitor.provider, issuer=linked.issuer, subject=other, last_seen_at=linked.last_seen_at
        )

    again = Visitor(visitor.idp, visitor.provider)
    again.sign_in(name_id=spelled, name_id_format=EMAIL)

    assert again.is_signed_in()
    assert Identity.objects.count() == len(kept)


@pytest.mark.parametrize("pair", [("kim@acme.com", "\u212aim@acme.com"), ("sue@acme.com", "\u017fue@acme.com")])
def test_c8_another_letter_is_somebody_else(visitor: Visitor, pair: tuple[str, str]) -> None:
    """The Kelvin sign and the long s become k and S where a database or Python changes the capitals."""
    visitor.sign_in(name_id=pair[0], name_id_format=EMAIL)

    answer = Visitor(visitor.idp, visitor.provider).sign_in(name_id=pair[1], name_id_format=EMAIL)

    assert (answer.status_code, last_attempt().code) == (403, "address_reused")


def test_c8_and_signs_out_in_other_capitals(visitor: Visitor) -> None:
    visitor.sign_in(name_id="Jane@Acme.com", name_id_format=EMAIL)
    request = visitor.idp.logout_request("jane@acme.com", binding="redirect", name_id_format=EMAIL)

    visitor.browser.get(str(request))

    assert not Session.objects.live().exists()


def test_c8_what_is_no_address_is_somebody_else_in_other_capitals(visitor: Visitor) -> None:
    visitor.sign_in(name_id="jane-1")
    Session.objects.all().delete()
    User.objects.update(is_local=True)

    answer = Visitor(visitor.idp, visitor.provider).sign_in(name_id="JANE-1")

    assert (answer.status_code, last_attempt().code) == (403, "address_reused")
