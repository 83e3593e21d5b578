"""Parts that all SAML messages share: texts, URIs and times that must be current."""

import re
from datetime import datetime

from common.wording import Wording
from sso.check_log import CheckLog
from sso.saml.reader.times import NotATime, read_time
from sso.saml.reader.xml import Element, tag
from sso.saml.values import FRESH_FOR, SKEW, Expected

_SPACE = re.compile(r"[ \t\r\n]+")


def own_text(element: Element) -> str:
    """Return the element's text; empty if it has children, whose text readers treat differently."""
    return "" if len(element) else element.text or ""


def text_at(element: Element, *path: str) -> str:
    found = element.find("/".join(tag(name) for name in path))
    return "" if found is None else own_text(found)


def uri(text: str) -> str:
    """Strip XML white space around an xs:anyURI, and no other (XML Schema Part 2 §4.3.6)."""
    return _SPACE.sub(" ", text).strip(" ")


def uri_at(element: Element, *path: str) -> str:
    return uri(text_at(element, *path))


def time_of(element: Element, name: str, log: CheckLog) -> datetime | None:
    """Return the time in an attribute, None without the attribute; raise SignInRefused if it is invalid."""
    text = element.get(name)
    if text is None:
        return None
    try:
        return read_time(text)
    except NotATime as error:
        log.refuse("Its times can be read", "bad_assertion", Wording("{name} {error}", name=name, error=error))


def check_issued(element: Element, expected: Expected, log: CheckLog, check: str) -> datetime:
    """Check IssueInstant, which every message and assertion has (Core §2.3.3, §3.2)."""
    issued = time_of(element, "IssueInstant", log)
    if issued is None:
        log.refuse(check, "bad_assertion", "It has no IssueInstant.")
    check_times(issued, issued + FRESH_FOR, expected, log, check)
    return issued


def check_times(before: datetime | None, after: datetime | None, expected: Expected, log: CheckLog, check: str) -> None:
    """Require a time from `before` until `after`, with a tolerance of SKEW."""
    now = expected.now
    early = before is not None and before > now + SKEW
    late = after is not None and after <= now - SKEW
    log.require(
        not early and not late,
        check,
        "bad_time",
        Wording(
            "From {before} until {after}; here it is {now} UTC.",
            before=before or Wording("any time"),
            after=after or Wording("any time"),
            now=f"{now:%Y-%m-%d %H:%M:%S}",
        ),
    )
