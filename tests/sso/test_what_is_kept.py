"""A provider may say as much as a message holds; what is kept of it has a bound in each row."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from lxml import etree

from audit.models import Event
from common.wording import Wording
from sso.check_log import CheckLog
from sso.left_out import MOST_NOTES
from sso.models import WaitingSignIn
from sso.services.attempts import MOST_SHOWN
from tests.sso.bindings import posted
from tests.sso.signing import NAMES, sign_here
from tests.sso.signing_in import JANE, Visitor, jane, last_attempt

MOST_BYTES = 20_000  # of one row, as JSON
# What lasts a minute, and the trail, which names each group that somebody came into.
WHOLE = (WaitingSignIn, Event)
SIZE = 80_000
STATEMENT, NAME_ID = ".//saml:AuthnStatement", ".//saml:NameID"


def values(name: str, piece: str) -> Callable[[Any, int], None]:
    """As many values as have the size; `{}` in one is a number."""
    return lambda root, size: said(root, name, [piece.replace("{}", str(n)) for n in range(size // (len(piece) + 48))])


def text_at(path: str, text: str = "x") -> Callable[[Any, int], None]:
    return lambda root, size: setattr(root.find(path, NAMES), "text", text * size)


def attribute_of(path: str, name: str) -> Callable[[Any, int], None]:
    return lambda root, size: root.find(path, NAMES).set(name, "x" * size)


def said(root: Any, name: str, texts: list[str]) -> None:
    """Let the attribute have these values."""
    statement = root.find(".//saml:AttributeStatement", NAMES)
    attribute = statement.find(f"saml:Attribute[@Name='{name}']", NAMES)
    if attribute is None:
        attribute = etree.SubElement(statement, f"{{{NAMES['saml']}}}Attribute", Name=name)
    for value in list(attribute):
        attribute.remove(value)
    for text in texts:
        etree.SubElement(attribute, f"{{{NAMES['saml']}}}AttributeValue").text = text


def attributes(root: Any, size: int) -> None:
    for number in range(size // 130):
        said(root, f"attribute-{number}", ["x"])


def near_names(root: Any, size: int) -> None:
    """Names like that of an attribute that the mapping misses."""
    for number in range(size // 130):
        said(root, "".join("Ff"[number >> bit & 1] for bit in range(10)) + "/firstname", ["x"])
    missing = root.find(".//saml:Attribute[@Name='firstName']", NAMES)
    missing.getparent().remove(missing)


LONG: dict[str, Callable[[Any, int], None]] = {
    "attributes": attributes,
    "names of attributes": lambda root, size: said(root, "n" * size, ["x"]),
    "names like a missing one": near_names,
    "one value": lambda root, size: said(root, "department", ["x" * size]),
    "a friendly name": attribute_of(".//saml:Attribute", "FriendlyName"),
    "first name": lambda root, size: said(root, "firstName", ["x" * size]),
    "first names": values("firstName", "x{}"),
    "e-mail": lambda root, size: said(root, "email", [f"{'x' * size}@acme.com"]),
    "e-mails": values("email", "x{}@acme.com"),
    "groups": values("GROUPS", "group-{}"),
    "groups that are none": values("GROUPS", "system:{}"),
    "long groups": values("GROUPS", f"{{}}{'x' * 190}"),
    "a group": lambda root, size: said(root, "GROUPS", ["x" * size]),
    "UID": lambda root, size: said(root, "UID", ["1" * size]),
    "supplementary groups": values("SUPPLEMENTARYGROUPS", "10{}"),
    "supplementary groups that are none": values("SUPPLEMENTARYGROUPS", "x{}"),
    "methods": values("http://schemas.microsoft.com/claims/authnmethodsreferences", "urn:{}"),
    "NameID": text_at(NAME_ID),
    "NameID's format": attribute_of(NAME_ID, "Format"),
    "NameQualifier": attribute_of(NAME_ID, "NameQualifier"),
    "SPNameQualifier": attribute_of(NAME_ID, "SPNameQualifier"),
    "SPProvidedID": attribute_of(NAME_ID, "SPProvidedID"),
    "SessionIndex": attribute_of(STATEMENT, "SessionIndex"),
    "AuthnContextClassRef": text_at(".//saml:AuthnContextClassRef"),
    "audience": text_at(".//saml:Audience"),
    "issuer": text_at("saml:Assertion/saml:Issuer"),
    "ID": attribute_of("saml:Assertion", "ID"),
    "status message": lambda root, size: status(root, size),
    "InResponseTo": lambda root, size: in_response_to(root, "x" * (size // 2)),
    "recipient": attribute_of(".//saml:SubjectConfirmationData", "Recipient"),
    "a time": attribute_of(STATEMENT, "AuthnInstant"),
    "destination": attribute_of(".", "Destination"),
}


def status(root: Any, size: int) -> None:
    code = root.find("samlp:Status/samlp:StatusCode", NAMES)
    code.set("Value", "urn:x")
    etree.SubElement(code.getparent(), f"{{{NAMES['samlp']}}}StatusMessage").text = "x" * size


def in_response_to(root: Any, request_id: str) -> None:
    root.set("InResponseTo", request_id)
    root.find(".//saml:SubjectConfirmationData", NAMES).set("InResponseTo", request_id)


@pytest.mark.parametrize("what", LONG)
def test_each_row_has_a_bound(visitor: Visitor, what: str) -> None:
    asked = visitor.idp.read(visitor.ask())
    plain: dict[str, Any] = {"sign_response": False, "sign_assertion": False, "name_id": "jane-1", "attributes": JANE}
    root = etree.fromstring(visitor.idp.response(asked, **plain))
    LONG[what](root, SIZE)

    answer = visitor.post(posted(sign_here(root)))

    assert answer.status_code in (302, 400, 401, 403), what
    assert last_attempt().reference
    assert rows_beyond(MOST_BYTES) == {}


def test_a_long_relay_state_is_kept_nowhere(visitor: Visitor) -> None:
    answer = visitor.post(visitor.idp.unsolicited(name_id="jane-1", attributes=JANE), RelayState="/" + "x" * SIZE)

    assert answer.status_code in (302, 401)
    assert rows_beyond(MOST_BYTES) == {}


def test_an_attempt_says_how_many_more_there_were(visitor: Visitor) -> None:
    groups = [f"group-{number}" for number in range(MOST_SHOWN + 7)] + [f"system:{n}" for n in range(MOST_NOTES + 2)]

    visitor.sign_in(attributes={**JANE, "GROUPS": groups})

    attempt = last_attempt()
    assert attempt.mapped["groups"] == [*groups[:MOST_SHOWN], "… +7"]
    assert attempt.mapped["notes"][-1] == "GROUPS: 2 more values are left out."
    assert len(jane().group_names()) == MOST_SHOWN + 7


@pytest.mark.parametrize(("parts", "kept"), [(2, True), (2_000, False)])
def test_a_finding_of_many_parts_is_not_kept_for_translation(parts: int, kept: bool) -> None:
    log = CheckLog()

    log.noted("The groups", Wording.joined(", ", (Wording("{name} is here", name=n) for n in range(parts))))

    assert ("wording" in log.for_pages()[0]) is kept
    assert len(json.dumps(log.for_pages())) < 2_000


def rows_beyond(most: int) -> dict[str, int]:
    """The longest row of each table that has a longer one than that."""
    found: dict[str, int] = {}
    for model in apps.get_models():
        if model in WHOLE or not model._meta.managed:
            continue
        for row in model._default_manager.all():
            size = len(serializers.serialize("json", [row]))
            if size > most:
                found[model.__name__] = max(size, found.get(model.__name__, 0))
    return found
