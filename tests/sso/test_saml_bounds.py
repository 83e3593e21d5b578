"""The bounds within which a response is accepted: a microsecond to both sides, statuses, and several confirmations."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from tests.sso import alone
from tests.sso.signing import NAMES

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
MOMENT, SKEW, HOUR = timedelta(microseconds=1), timedelta(seconds=60), timedelta(hours=1)
CONDITIONS, CONFIRMED, STATEMENT = ".//saml:Conditions", ".//saml:SubjectConfirmationData", ".//saml:AuthnStatement"


def written(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}Z"


@pytest.mark.parametrize(
    ("path", "name", "bound"),
    [
        (".", "IssueInstant", -SKEW),
        ("saml:Assertion", "IssueInstant", -SKEW),
        (CONDITIONS, "NotBefore", -SKEW),
        (CONFIRMED, "NotBefore", -SKEW),
        (STATEMENT, "AuthnInstant", -SKEW),
    ],
)
def test_it_is_believed_from_this_instant_on(path: str, name: str, bound: timedelta) -> None:
    time = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=30)
    message = alone.changed(lambda root: root.find(path, NAMES).set(name, written(time)))

    assert alone.judged(message, now=time + bound) == ("", "")
    assert alone.judged(message, now=time + bound - MOMENT)[0] == "bad_time"


@pytest.mark.parametrize(
    ("path", "name", "ahead", "bound"),
    [
        (".", "IssueInstant", -HOUR, HOUR + SKEW),
        ("saml:Assertion", "IssueInstant", -HOUR, HOUR + SKEW),
        (CONDITIONS, "NotOnOrAfter", SKEW, SKEW),
        (CONFIRMED, "NotOnOrAfter", SKEW, SKEW),
        (STATEMENT, "SessionNotOnOrAfter", SKEW, timedelta()),
    ],
)
def test_it_is_believed_until_just_before_this_instant(
    path: str, name: str, ahead: timedelta, bound: timedelta
) -> None:
    time = datetime.now(UTC).replace(microsecond=0) + ahead
    message = alone.changed(lambda root: root.find(path, NAMES).set(name, written(time)))

    assert alone.judged(message, now=time + bound - MOMENT) == ("", "")
    assert alone.judged(message, now=time + bound)[0] == "bad_time"


@pytest.mark.parametrize("within", ["", "AuthnFailed", "Success"])
@pytest.mark.parametrize("status", ["Success", "Requester", "Responder"])
def test_the_outermost_status_decides(status: str, within: str) -> None:
    def change(root: Any) -> None:
        code = root.find("samlp:Status/samlp:StatusCode", NAMES)
        code.set("Value", STATUS + status)
        if within:
            inner = deepcopy(code)
            inner.set("Value", STATUS + within)
            code.append(inner)

    assert alone.judged(alone.changed(change))[0] == ("" if status == "Success" else "provider_failed")


# In the order of the checks.
WRONG = {
    "other_recipient": ("Recipient", "https://elsewhere.example.com/endpoint"),
    "bad_time": ("NotOnOrAfter", "2020-01-01T00:00:00Z"),
    "not_asked": ("InResponseTo", "_another"),
}


@pytest.mark.parametrize("codes", [each for count in (1, 2, 3) for each in product(WRONG, repeat=count)])
def test_of_several_confirmations_the_refusal_is_of_the_one_that_got_furthest(codes: tuple[str, ...]) -> None:
    def change(root: Any) -> None:
        subject = root.find(".//saml:Subject", NAMES)
        right = subject.find("saml:SubjectConfirmation", NAMES)
        for code in codes:
            wrong = deepcopy(right)
            wrong.find("saml:SubjectConfirmationData", NAMES).set(*WRONG[code])
            subject.append(wrong)
        subject.remove(right)

    assert alone.judged(alone.changed(change))[0] == max(codes, key=list(WRONG).index)


@pytest.mark.parametrize(
    ("format_", "named"),
    [
        ("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", "persistent"),
        ("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "emailAddress"),
        ("custom", "custom"),
        ("", "no format"),
    ],
)
def test_the_checks_name_the_subject_with_its_format(format_: str, named: str) -> None:
    def change(root: Any) -> None:
        name_id = root.find(".//saml:NameID", NAMES)
        name_id.text = "jane"
        name_id.attrib.pop("Format", None)
        if format_:
            name_id.set("Format", format_)

    _, checks = alone.checked(alone.changed(change))

    assert [one.detail for one in checks if one.check == "It has a subject"] == [f"jane ({named})"]


@pytest.mark.parametrize("present", [{"NotBefore"}, {"NotOnOrAfter"}, {"NotBefore", "NotOnOrAfter"}])
def test_a_refusal_names_the_times_that_are_given(present: set[str]) -> None:
    """Each of these conditions refuses by itself: one begins in 2099, the other ended in 2020."""

    def change(root: Any) -> None:
        conditions = root.find(CONDITIONS, NAMES)
        for name, time in (("NotBefore", "2099-01-01T00:00:00Z"), ("NotOnOrAfter", "2020-01-01T00:00:00Z")):
            conditions.attrib.pop(name, None)
            if name in present:
                conditions.set(name, time)

    _, detail = alone.judged(alone.changed(change))

    begins = "2099-01-01 00:00:00+00:00" if "NotBefore" in present else "any time"
    ends = "2020-01-01 00:00:00+00:00" if "NotOnOrAfter" in present else "any time"
    assert detail.startswith(f"From {begins} until {ends};")
