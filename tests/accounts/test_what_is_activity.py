"""What keeps a session alive, over HTTP and over the whole URLconf: what a person does, and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle

import pytest
import time_machine
from django.test import Client
from time_machine import Traveller

from accounts.models import Group, Session, User
from accounts.services.settings import update_general_settings
from clustersync.models import Cluster
from common.actors import SYSTEM
from tests.accounts.addresses import SIGNS_OUT, a_few_of_each_kind
from tests.conftest import BrowserAs
from tests.tokens.asking import authorize, make_shop

NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html,*/*;q=0.8"}
NOT_BY_A_PERSON = {
    "fetch": {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Accept": "*/*"},
    "fetch of a page": {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty", "Accept": "text/html"},
    "an image": {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    "a worker": {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "worker"},
    "a frame": {**NAVIGATION, "Sec-Fetch-Dest": "iframe"},
    "an object": {**NAVIGATION, "Sec-Fetch-Dest": "object"},
    "prefetch": {**NAVIGATION, "Sec-Purpose": "prefetch"},
    "prerender": {**NAVIGATION, "Sec-Purpose": "prefetch;prerender", "Sec-Fetch-User": "?1"},
    "prefetch of old": {"Purpose": "prefetch", "Accept": "text/html"},
    "prefetch of old Firefox": {"X-Moz": "prefetch", "Accept": "text/html"},
    "fetch over plain http": {"Accept": "*/*"},
    "fetch of JSON over plain http": {"Accept": "application/json"},
    "an image over plain http": {"Accept": "image/avif,image/webp,*/*;q=0.8"},
}
BY_A_PERSON = [{}, NAVIGATION, {**NAVIGATION, "Sec-Fetch-User": "?1"}, {"Accept": "text/html"}]
# Nobody looks at these, whatever the headers say.
NO_PAGES = (
    "/api/v1/",
    "/api/v2/",
    "/v1/",
    "/session",
    "/healthz",
    "/readyz",
    "/metrics",
    "/branding/",
    "/.well-known/",
    "/auth/",
    "/login",
    "/admin/login",
)


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(clock: Traveller, ada: User, prod: Cluster, researchers: Group, browser_as: BrowserAs) -> Client:
    """Half an hour after it signed in."""
    signed_in = browser_as(ada)
    clock.shift(timedelta(minutes=30))
    return signed_in


def last_active() -> datetime:
    return Session.objects.get(user__email="ada@example.com", kind="browser").last_active_at


def is_noted(browser: Client, method: str, address: str, **headers: str) -> bool:
    before = last_active()
    browser.generic(method, address, headers=headers)
    return last_active() != before


def test_nothing_that_a_browser_asks_by_itself_counts_anywhere(browser: Client) -> None:
    asked = list(zip(a_few_of_each_kind(), cycle(NOT_BY_A_PERSON.values()), strict=False))

    assert len(asked) > 100
    assert [(address, how) for address, how in asked if is_noted(browser, "GET", address, **how)] == []


def test_nothing_that_a_page_posts_by_itself_counts_but_staying(browser: Client) -> None:
    posted = sorted(to for to in {*a_few_of_each_kind()} - SIGNS_OUT if not to.endswith("/cut-access/"))
    fetches = [how for how in NOT_BY_A_PERSON.values() if "prefetch" not in str(how)]

    counted = [to for to, how in zip(posted, cycle(fetches), strict=False) if is_noted(browser, "POST", to, **how)]

    assert counted == ["/session/stay"]


@pytest.mark.parametrize("how", NOT_BY_A_PERSON)
def test_no_way_of_asking_by_itself_counts_at_a_page(browser: Client, how: str) -> None:
    assert not is_noted(browser, "GET", "/password", **NOT_BY_A_PERSON[how])
    assert not is_noted(browser, "POST", "/password", **NOT_BY_A_PERSON[how])


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_other_method_counts_anywhere(browser: Client, method: str) -> None:
    asked = a_few_of_each_kind()[:: 1 if method == "HEAD" else 9]

    assert [address for address in asked if is_noted(browser, method, address, **NAVIGATION)] == []


def test_a_program_that_asks_for_the_clock_and_the_api_never_counts(browser: Client, clock: Traveller) -> None:
    asked = 0
    while browser.get("/session", headers={"Accept": "*/*"}).json()["secondsLeft"]:
        browser.get("/api/v1/me")
        clock.shift(timedelta(seconds=20))
        asked += 1

    assert asked == 31 * 3  # half an hour is over, and a minute is added


def test_every_page_that_a_person_opens_counts(browser: Client, clock: Traveller) -> None:
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=None)
    opened, counted = a_few_of_each_kind(), set()
    for address, headers in zip(opened, cycle(BY_A_PERSON), strict=False):
        clock.shift(timedelta(minutes=1))
        if is_noted(browser, "GET", address, **headers):
            counted.add(address)

    assert counted == {address for address in opened if not address.startswith(NO_PAGES)}


@pytest.mark.slow
def test_the_sign_in_page_and_where_it_sends_people_on_never_count(browser: Client) -> None:
    before = last_active()

    for address, headers in zip(a_few_of_each_kind(), cycle(BY_A_PERSON), strict=False):
        browser.get("/login", {"next": address}, headers=headers, follow=True)

    assert last_active() == before


def test_tabs_that_are_sent_on_at_the_same_time_do_not_count_either(browser: Client) -> None:
    before = last_active()

    targets = [browser.get("/login", {"next": page})["Location"] for page in ("/account", "/password", "/admin/")]
    for target in targets:
        browser.get(target)

    assert last_active() == before


def test_what_the_person_does_after_that_counts(browser: Client) -> None:
    browser.get("/login?next=/account/sessions", follow=True)

    assert is_noted(browser, "GET", "/account")


def test_a_redirect_of_a_page_that_a_person_opened_counts(browser: Client, clock: Traveller) -> None:
    assert is_noted(browser, "GET", "/account/sessions")
    clock.shift(timedelta(minutes=2))

    assert is_noted(browser, "GET", "/account")


def test_a_question_of_a_client_counts_if_a_person_brings_it(browser: Client, ada: User) -> None:
    make_shop()
    asked = authorize(Client())["Location"].replace("again=1&", "")
    before = last_active()

    authorize(browser, prompt="none")
    led = browser.get(asked, follow=True)
    nobody = last_active()
    authorize(browser)

    assert (nobody, led.status_code) == (before, 200)
    assert last_active() > before


def test_a_prefetched_page_is_refused_so_that_opening_it_is_seen(browser: Client) -> None:
    assert browser.get("/account", headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 503
    assert is_noted(browser, "GET", "/account", **NAVIGATION)
