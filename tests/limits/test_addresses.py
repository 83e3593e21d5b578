"""Each address takes a body of its greatest length, and answers 413 to a byte more, at once and without reading it."""

import time
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
from django.test import Client

from accounts.models import Group, User
from clustersync.models import Cluster
from common.body_limits import MOST_OF_ANYBODY
from tests.access.test_deny_by_default import SAMPLES
from tests.conftest import APIAs, BrowserAs
from tests.limits.addresses import Takes, addresses, without_a_body
from tests.sso.idp import IdP
from tests.sso.signing_in import connect
from tokens.models import Application

pytestmark = pytest.mark.django_db

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
MOST_SECONDS = 0.03  # of CPU
UUID = SAMPLES["uuid"]


def part_of(one: Takes) -> str:
    """The addresses of a part are tried in one test, with one world."""
    first, second, third = [*one.path.split("/")[1:], "", ""][:3]
    if first == "admin":
        return f"admin/{second}" if third else "admin"
    return f"api/v1/{third}" if second == "v1" and one.of_strangers is None else "everything else"


PARTS = {name: list(some) for name, some in groupby(sorted(addresses(), key=part_of), key=part_of)}
PAGES = {name: pages for name, some in PARTS.items() if (pages := [one for one in some if one.of_strangers])}
# Past what strangers and people send alike.
PEOPLE = {name: people for name, some in PARTS.items() if (people := [one for one in some if one.is_of_people])}


@pytest.fixture
def real(prod: Cluster, alice: User, researchers: Group, robo: Application) -> Callable[[str], str]:
    """Addresses of rows that there are: whoever is refused for a row's sake is so before the body is read."""
    connect(IdP(), alias="corp")
    rows = {"clusters": prod.pk, "users": alice.pk, "groups": researchers.pk}
    rows |= dict.fromkeys(("apps", "service-accounts"), robo.pk)

    def address(path: str) -> str:
        noun = path.split("/")[3] if path.startswith("/api/v1/") else ""
        return (
            path.replace(UUID, str(rows.get(noun, UUID)), 1)
            .replace("settings/x", "settings/security")
            .replace("idps/x", "idps/corp")
        )

    return address


def ask(client: Client, method: str, path: str, length: int, *, kind: str = FORM) -> Any:
    body = b'{"x": "' + b"x" * (length - 9) + b'"}' if kind == JSON else b"x=" + b"x" * (length - 2)
    return client.generic(method, path, body, content_type=kind)


def why_not(client: Client, method: str, path: str, most: int, kind: str) -> str:
    """Say what is wrong with the answers at the limit and a byte above it; empty if nothing is."""
    below = ask(client, method, path, most, kind=kind)
    if below.status_code in (413, 500):
        return f"{below.status_code} at {most}"
    return why_not_refused(client, method, path, most, kind)


def why_not_refused(client: Client, method: str, path: str, most: int, kind: str) -> str:
    taken = []
    for _ in range(3):
        began = time.process_time()
        above = ask(client, method, path, most + 1, kind=kind)
        taken.append(time.process_time() - began)
    if above.status_code != 413 or f"longer than {most} bytes" not in above.content.decode():
        return f"{above.status_code} above {most}"
    return "" if min(taken) < MOST_SECONDS else f"{min(taken)} s"


def faults(some: list[Takes], ask_one: Callable[[Takes, str], str]) -> dict[str, str]:
    return {f"{method} {one.path}": why for one in some for method in one.methods if (why := ask_one(one, method))}


@pytest.mark.parametrize("part", PAGES)
def test_strangers_send_so_much_and_no_more(real: Callable[[str], str], part: str) -> None:
    def ask_one(one: Takes, method: str) -> str:
        return why_not(Client(), method, one.path, one.of_strangers or 0, JSON if one.is_json else FORM)

    assert faults(PAGES[part], ask_one) == {}


@pytest.mark.slow
@pytest.mark.parametrize("part", PEOPLE)
def test_people_send_so_much_and_no_more(
    ada: User, prod: Cluster, real: Callable[[str], str], browser_as: BrowserAs, api_as: APIAs, part: str
) -> None:
    of_clusters, browser = ("/tokenreview", "/rbac/status"), browser_as(ada)

    def ask_one(one: Takes, method: str) -> str:
        if one.is_json and one.of_strangers is None:
            caller: Any = prod if one.path.endswith(of_clusters) else ada
            return why_not(api_as(caller), method, real(one.path), one.of_people, JSON)
        return why_not_refused(browser, method, one.path, one.of_people, FORM)

    assert faults(PEOPLE[part], ask_one) == {}


def test_people_send_a_form_of_its_greatest_length(ada: User, browser_as: BrowserAs) -> None:
    assert why_not(browser_as(ada), "POST", "/password", MOST_OF_ANYBODY, FORM) == ""


def test_what_needs_no_body_reads_none(ada: User, real: Callable[[str], str], api_as: APIAs) -> None:
    for method, path in without_a_body():
        answer = ask(api_as(ada), method, real(path), 300_000, kind=JSON)

        assert answer.status_code < 500
        assert answer.wsgi_request._stream.read(1) != b"", path  # nothing was taken from it
