"""Pages, metrics and the API say exactly when a provider's metadata and certificates end, in the reader's language."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.html import strip_tags
from django.utils.translation import override
from rest_framework.test import APIClient

from accounts.models import User
from common.certificates import describe_pem
from common.columns import from_now
from runai_identity.first_page.attention import attention
from runai_identity.metrics.gauges import Gauges
from sso.models import IdentityProvider
from tests.conftest import APIAs, BrowserAs
from tests.sso import idp_keys
from tests.sso.idp import IdP
from tests.sso.signing_in import connect

END = describe_pem(idp_keys.key().pem.decode()).not_after  # of the metadata too
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SAID = {
    timedelta(): ("just now", "gerade eben"),
    -SECOND: ("just now", "gerade eben"),
    SECOND: ("within a minute", "in weniger als einer Minute"),
    HOUR: ("in 1 hour", "noch 1 Stunde"),
    HOUR - SECOND: ("in 1 hour", "noch 1 Stunde"),
    -90 * MINUTE: ("1 hour, 30 minutes ago", "1 Stunde, 30 Minuten her"),
    DAY - SECOND: ("in 1 day", "noch 1 Tag"),
    -DAY: ("1 day ago", "1 Tag her"),
    3 * DAY - MINUTE: ("in 3 days", "noch 3 Tage"),
    10 * DAY - SECOND: ("in 1 week, 3 days", "noch 1 Woche, 3 Tage"),
}
LANGUAGES = ("en", "de")
KINDS = ("metadata", "certificate")
ENGLISH = re.compile(r"\b(ended|ends|ago|in|days?|hours?|metadata|give|fetch|again|the)\b", re.IGNORECASE)
URL = "https://idp.example.com/metadata"


@pytest.fixture
def provider(ada: User) -> IdentityProvider:
    return connect(IdP())


@pytest.mark.parametrize(("left", "language"), list(product(SAID, LANGUAGES)))
def test_a_distance_is_rounded_to_the_nearest(left: timedelta, language: str) -> None:
    now = datetime(2026, 11, 30, 2, 10, tzinfo=UTC)

    with time_machine.travel(now, tick=False), override(language):
        assert plain(from_now(now + left)) == SAID[left][LANGUAGES.index(language)]


def plain(text: str) -> str:
    """Return the text with ordinary spaces in place of those that do not break."""
    return " ".join(text.split())


def texts(browser: Client, provider: IdentityProvider, language: str) -> dict[str, str]:
    """Return what the list of providers, its first page and its metadata tab say, without tags."""
    pages = {"list": "", "page": f"{provider.pk}/change/", "tab": f"{provider.pk}/metadata/"}
    return {
        name: plain(strip_tags(text))
        for name, page in pages.items()
        for text in [browser.get(f"/admin/sso/identityprovider/{page}", HTTP_ACCEPT_LANGUAGE=language).content.decode()]
    }


def ending(provider: IdentityProvider, kind: str, *, address: bool = False) -> None:
    """Let the metadata end when its certificate does, and look at that or at the certificate alone."""
    until = END if kind == "metadata" else None
    url = {"metadata_url": URL, "metadata_problem": "It is away."} if address else {}
    IdentityProvider.objects.filter(pk=provider.pk).update(metadata_valid_until=until, **url)


@pytest.mark.parametrize(("kind", "left", "language"), list(product(KINDS, SAID, LANGUAGES)))
def test_pages_say_how_soon_it_ends(
    provider: IdentityProvider, ada: User, browser_as: BrowserAs, kind: str, left: timedelta, language: str
) -> None:
    ending(provider, kind)
    words = SAID[left][LANGUAGES.index(language)]

    with time_machine.travel(END - left, tick=False):
        shown = texts(browser_as(ada), provider, language)

    over = left <= timedelta()
    frame = {"en": "ended {}" if over else "ends {}", "de": "abgelaufen ({})" if over else "läuft ab ({})"}[language]
    assert [name for name, text in shown.items() if words not in text] == []
    if kind == "metadata":
        assert frame.format(words) in shown["list"]
    written = f"{END:%Y-%m-%d %H:%M} UTC" if language == "en" else f"{END:%d.%m.%Y %H:%M} UTC"
    assert written in shown["tab"]


@pytest.mark.parametrize(("kind", "left", "address", "language"), list(product(KINDS, SAID, (False, True), LANGUAGES)))
def test_the_first_page_says_it_in_one_language_and_with_what_helps(
    provider: IdentityProvider, ada: User, rf: Any, kind: str, left: timedelta, address: bool, language: str
) -> None:
    ending(provider, kind, address=address)
    request = rf.get("/admin/")
    request.user = ada

    with time_machine.travel(END - left, tick=False), override(language):
        titles = {"en": f": {kind}", "de": ": Metadaten" if kind == "metadata" else ": Zertifikat"}
        (item, *_) = [one for one in attention(request) if one.title.endswith(titles[language])]

    assert SAID[left][LANGUAGES.index(language)] in plain(item.sentence)
    assert (item.kind == "wrong") is (left <= timedelta())
    assert ("etch" in item.sentence or "erneut" in item.sentence) is address
    if language == "de":
        assert ENGLISH.findall(item.sentence.replace("in weniger", "")) == []


@pytest.mark.parametrize(("kind", "left"), list(product(KINDS, SAID)))
def test_metrics_have_the_fraction_of_a_day(provider: IdentityProvider, kind: str, left: timedelta) -> None:
    ending(provider, kind)

    with time_machine.travel(END - left, tick=False):
        found = {family.name: family.samples for family in Gauges().collect()}

    (sample,) = found[f"runai_identity_provider_{kind}_days"]
    assert sample.value == pytest.approx(left / DAY)


@pytest.mark.parametrize("address", [False, True])
def test_metrics_tell_a_file_from_an_address(provider: IdentityProvider, address: bool) -> None:
    ending(provider, "metadata", address=address)
    (ends,) = [one for one in Gauges().collect() if one.name == "runai_identity_provider_metadata_days"]

    assert [sample.labels["source"] for sample in ends.samples] == ["address" if address else "file"]


def test_metadata_without_an_end_has_no_metric(provider: IdentityProvider) -> None:
    (ends,) = [one for one in Gauges().collect() if one.name == "runai_identity_provider_metadata_days"]

    assert ends.samples == []


@pytest.mark.parametrize("until", [None, END])
def test_the_api_shows_when_it_ends_and_takes_back_what_it_showed(
    provider: IdentityProvider, ada: User, api_as: APIAs, until: datetime | None
) -> None:
    IdentityProvider.objects.update(metadata_valid_until=until)
    admin: APIClient = api_as(ada)
    path = f"/api/v1/idps/{provider.alias}"

    part = admin.get(path).json()["samlData"]

    assert part["metadataValidUntil"] == (f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else None)
    assert admin.put(path, {"name": "Renamed", "samlData": part}, format="json").status_code == 200
