"""Metadata says until when it may be used (validUntil), and how often it is to be read (cacheDuration)."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import time_machine
from django.test import Client
from lxml import etree

from accounts.models import User
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Invalid
from sso.models import IdentityProvider
from sso.saml.metadata import read_metadata
from sso.services.metadata import AGAIN_AFTER_FAILURE, EVERY, refresh_due, refresh_metadata
from sso.services.providers import connect_provider, update_provider
from tests.cast import Tree
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, last_attempt, path_of

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
ENTITY, ROLE, FEDERATION, AROUND = "EntityDescriptor", "IDPSSODescriptor", "EntitiesDescriptor", "around that"
PLACES = (ENTITY, ROLE, FEDERATION, AROUND)
URL = "https://idp.example.com/metadata"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MALFORMED = [
    "",
    "soon",
    "2026-13-01T00:00:00Z",
    "2099-01-01",
    "2099-01-01T00:00:00",
    "2099-02-30T00:00:00Z",
    "P1D",
    "-",
]
NEVER = ["2100-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999+14:00"]
LONG_OVER = ["1999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]


Web = dict[str, str]


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """Answer each address with the given document."""
    answers: Web = {}
    monkeypatch.setattr("sso.services.metadata.fetch", lambda url, **options: answers[url].encode())
    return answers


def metadata(idp: IdP, attribute: str = "validUntil", **texts: str) -> str:
    """Its metadata within two federations, with the attribute at these places."""
    entity = etree.fromstring(idp.metadata())
    around = etree.Element(f"{{{MD}}}{FEDERATION}")
    within = etree.SubElement(around, f"{{{MD}}}{FEDERATION}")
    within.append(entity)
    elements = {ENTITY: entity, ROLE: entity.find(f"{{{MD}}}{ROLE}"), FEDERATION: within, AROUND: around}
    for place, text in texts.items():
        elements[place].set(attribute, text)
    return str(etree.tostring(around).decode())


def written(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.mark.parametrize("place", PLACES)
def test_what_is_over_is_refused_with_its_end(place: str) -> None:
    end = now() - timedelta(seconds=1)
    later = dict.fromkeys(PLACES, written(end + DAY))

    with pytest.raises(Invalid, match=f"valid until {end:%Y-%m-%d %H:%M:%S} UTC"):
        read_metadata(metadata(IdP(), **{**later, place: written(end)}))


@pytest.mark.parametrize(("place", "text"), list(product(PLACES, LONG_OVER)))
def test_it_may_be_over_for_long(place: str, text: str) -> None:
    with pytest.raises(Invalid, match="valid until"):
        read_metadata(metadata(IdP(), **{place: text}))


@pytest.mark.parametrize(("place", "text"), list(product(PLACES, MALFORMED)))
def test_an_end_that_is_no_time_is_refused(place: str, text: str) -> None:
    with pytest.raises(Invalid, match="validUntil is"):
        read_metadata(metadata(IdP(), **{place: text}))


@pytest.mark.parametrize(("place", "text"), list(product(PLACES, NEVER)))
def test_an_end_after_this_century_is_none(place: str, text: str) -> None:
    assert read_metadata(metadata(IdP(), **{place: text})).valid_until == ""


@pytest.mark.parametrize(("place", "zone"), list(product(PLACES, ["+01:00", "-01:00", "+14:00", "-00:30"])))
def test_an_end_of_another_zone_is_converted(place: str, zone: str) -> None:
    text = f"2049-06-01T12:00:00{zone}"

    found = read_metadata(metadata(IdP(), **{place: text})).valid_until

    assert datetime.fromisoformat(found) == datetime.fromisoformat(text)
    assert found.endswith("+00:00")


@pytest.mark.parametrize("first", PLACES)
def test_the_first_of_the_ends_counts(first: str) -> None:
    end = now() + DAY
    ends = {place: written(end if place == first else end + DAY) for place in PLACES}

    assert read_metadata(metadata(IdP(), **ends)).valid_until == end.isoformat()


CACHED = {
    "PT6H": 6 * HOUR,
    "PT90M30.5S": timedelta(minutes=90, seconds=30),
    "P0DT2H": 2 * HOUR,
    **dict.fromkeys(("PT1S", "PT0S"), AGAIN_AFTER_FAILURE),
    **dict.fromkeys(("P1D", "P30D", "P1Y", "P999999999D", "-PT1H", "P", "PT", "P1X", "", "1 hour"), EVERY),
}


@pytest.mark.parametrize(("place", "cached"), [(ENTITY, text) for text in CACHED] + [(one, "PT6H") for one in PLACES])
def test_it_is_read_again_as_it_asks_and_each_day(tree: Tree, web: Web, place: str, cached: str) -> None:
    provider = by_address(web, metadata(IdP(), "cacheDuration", **{place: cached}))

    assert provider.metadata_read_at is not None
    assert provider.metadata_due_at == provider.metadata_read_at + CACHED[cached]


def test_what_ends_within_the_day_is_read_again_then(tree: Tree, web: Web) -> None:
    end = now() + 5 * HOUR

    assert by_address(web, metadata(IdP(), EntityDescriptor=written(end))).metadata_due_at == end


def test_sign_ins_are_refused_from_the_end_on(visitor: Visitor) -> None:
    asked = visitor.idp.read(visitor.ask())
    give(visitor, DAY)

    with time_machine.travel(now() + DAY + HOUR):
        begun = Client().get(path_of(visitor.provider, "login"))
        assert (begun.status_code, last_attempt().code) == (503, "metadata_over")
        answered = visitor.post(visitor.idp.answer(asked, name_id="jane-1", attributes=JANE))

    assert (answered.status_code, last_attempt().code) == (503, "metadata_over")
    assert last_attempt().reference in answered.content.decode()
    assert Event.objects.filter(action="session:sign-in", reason="metadata_over").exists()


def test_until_then_they_are_not_and_newer_metadata_ends_it(visitor: Visitor) -> None:
    give(visitor, DAY)
    visitor.sign_in()
    assert visitor.is_signed_in()

    with time_machine.travel(now() + 2 * DAY):
        give(visitor, DAY)
        again = Visitor(visitor.idp, visitor.provider)
        again.sign_in()
        assert again.is_signed_in()


def test_signing_out_still_works_after_the_end(visitor: Visitor) -> None:
    give(visitor, HOUR)
    visitor.sign_in()

    with time_machine.travel(now() + HOUR + timedelta(minutes=1), tick=True):
        visitor.browser.get(str(visitor.idp.logout_request("jane-1", binding="redirect")))

    assert not visitor.is_signed_in()


def test_what_is_fetched_and_over_changes_nothing_and_is_told(tree: Tree, web: Web) -> None:
    idp, end = IdP(), now() + DAY
    provider = by_address(web, metadata(idp, EntityDescriptor=written(end)))
    web[URL] = metadata(idp, EntityDescriptor=written(now() - DAY))

    with pytest.raises(Invalid, match="valid until"):
        refresh_metadata(actor=SYSTEM, provider=provider)

    provider.refresh_from_db()
    assert provider.metadata_valid_until == end
    assert "valid until" in provider.metadata_problem


def test_what_is_fetched_each_day_goes_on(tree: Tree, web: Web) -> None:
    provider = by_address(web, metadata(IdP(), EntityDescriptor=written(now() + 2 * DAY)))
    later = now() + DAY + HOUR
    web[URL] = metadata(IdP(), EntityDescriptor=written(later + 2 * DAY))

    with time_machine.travel(later):
        assert refresh_due() == 1

    provider.refresh_from_db()
    assert provider.metadata_valid_until == later + 2 * DAY
    assert not Event.objects.filter(action="identity_provider:metadata:change").exists()


@pytest.mark.parametrize(
    ("days", "told", "attention"),
    [
        (-1, "metadata ended", "so nobody signs in by it"),
        (3, "metadata ends soon", "nobody signs in by it then"),
        (60, "", ""),
    ],
)
def test_pages_warn_before_it_ends(
    visitor: Visitor, browser_as: BrowserAs, ada: User, days: int, told: str, attention: str
) -> None:
    IdentityProvider.objects.update(metadata_valid_until=now() + days * DAY)
    browser = browser_as(ada)

    page = browser.get(f"/admin/sso/identityprovider/{visitor.provider.pk}/change/").content.decode()
    first = browser.get("/admin/").content.decode()

    assert ("(validUntil)" in page) is bool(told)
    assert told in page
    assert attention in first
    assert ("(validUntil)" in first) is bool(told)


@pytest.mark.parametrize("problem", ["", "It is away."])
def test_what_is_fetched_each_day_is_no_warning_while_that_works(
    visitor: Visitor, browser_as: BrowserAs, ada: User, problem: str
) -> None:
    IdentityProvider.objects.update(metadata_url=URL, metadata_problem=problem, metadata_valid_until=now() + 3 * DAY)

    page = browser_as(ada).get(f"/admin/sso/identityprovider/{visitor.provider.pk}/change/").content.decode()

    assert ("metadata ends soon" in page) is bool(problem)


def by_address(web: Web, text: str) -> IdentityProvider:
    web[URL] = text
    return connect_provider(actor=SYSTEM, alias="fetched", type="saml", metadata_url=URL)


def give(visitor: Visitor, ends_in: timedelta) -> None:
    """Give the provider's metadata anew, with an end."""
    text = metadata(visitor.idp, EntityDescriptor=written(now() + ends_in))
    update_provider(actor=SYSTEM, provider=visitor.provider, metadata=text)
    visitor.provider.refresh_from_db()
