"""No stranger's request costs more than a few milliseconds, or writes without a bound. Every public address is here.

docs/anonymous-cost.md is written by this test: COST=write pytest tests/anonymous
"""

import os
from collections.abc import Iterator
from ipaddress import ip_network
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from accounts.services import recovery, throttle
from audit import repeats
from clustersync.models import Cluster
from common.actors import SYSTEM
from runai_identity import operations
from sso.services import attempts
from sso.services.providers import connect_provider
from tests.access.test_deny_by_default import (
    CLIENT_ENDPOINTS,
    OPEN_TO_ALL,
    PAGES_OPEN_TO_ALL,
    RBAC,
    RBAC_STATUS,
    TOKENREVIEW,
)
from tests.anonymous.cases import CASES, EVERYWHERE
from tests.anonymous.measuring import Cost, measured
from tests.anonymous.requests import Case, World
from tests.keys import plant_keys
from tests.mail.server import use
from tests.sso.idp import IdP
from tests.sso.op import CLIENT_ID, CLIENT_SECRET, OP
from tests.sso.signing_in import connect

pytestmark = pytest.mark.django_db

PAGE = Path(__file__).parents[2] / "docs" / "anonymous-cost.md"
# To build the API's description takes 300 ms, to look at the migrations 40.
MOST_SECONDS = 0.03
PUBLIC = {*OPEN_TO_ALL, *PAGES_OPEN_TO_ALL, *CLIENT_ENDPOINTS, TOKENREVIEW, RBAC, RBAC_STATUS}
MARK = "<!-- the table -->\n"
NAMES = [f"{case.method} {case.address} {case.sent}" for case in CASES]


@pytest.fixture
def op() -> Iterator[OP]:
    made = OP()
    yield made
    made.close()


@pytest.fixture
def world(ada: User, robo: Any, prod: Cluster, op: OP, settings: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """Whatever is bounded has a small bound, so that a few requests reach it."""
    settings.OUTBOUND_PRIVATE_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.DEVICES_PER_ADDRESS = settings.DEVICES_PER_CLIENT = settings.DEVICES_IN_ALL = 5
    # Over these the answer is cheaper: it is not what is measured.
    settings.SIGN_IN_TRIES_PER_ADDRESS = settings.SIGN_IN_TRIES_PER_ACCOUNT = 10_000
    for module, name, small in (
        (throttle, "KEPT_REQUESTS_PER_ADDRESS", 5),
        (throttle, "KEPT_REQUESTS_IN_ALL", 5),
        (repeats, "UNKNOWN", 1),
        (throttle, "ADDRESS_COUNTERS", 3),
        (throttle, "NOBODYS_COUNTERS", 3),
        (repeats, "FIRST", 1),
        (repeats, "SOURCES", 2),
        (repeats, "MOST", 4),
        (attempts, "KEPT_OF_STRANGERS", 4),
        (recovery, "MOST_WAITING", 4),
    ):
        monkeypatch.setattr(module, name, small)
    # As in a process that was asked nothing yet.
    monkeypatch.setattr(operations, "_readiness", operations.Readiness())
    monkeypatch.setattr(operations, "_writability", operations.Writability())
    use("mail.example.com", 587, "starttls")
    plant_keys()
    connect(IdP(), alias="corp")
    connect_openid(op, alias="acme")
    return World(cluster=str(prod.pk), person=ada.email)


def connect_openid(op: OP, *, alias: str) -> None:
    connect_provider(
        actor=SYSTEM,
        alias=alias,
        type="oidc",
        metadata=dumps(op.discovery()),
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        email_domains=["*"],
        enabled=True,
    )


def row(case: Case, cost: Cost) -> str:
    answers, statements, rows = cost.line
    address = case.address.replace("00000000-0000-4000-8000-000000000000", "<uuid>").replace("/x/", "/<alias>/")
    hashed = "yes" if case.hashes else ""
    return f"| `{address}` | {case.method} | {case.sent} | {answers} | {statements} | {rows} | {hashed} |"


def test_every_public_address_is_measured_and_no_other() -> None:
    assert {case.address for case in CASES} == {*PUBLIC, EVERYWHERE}
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_it_costs_little_and_writes_within_a_bound(world: World, case: Case) -> None:
    cost = measured(case, world)

    assert cost.more == {}
    assert cost.seconds < MOST_SECONDS
    assert 500 not in cost.statuses
    assert row(case, cost) in PAGE.read_text().splitlines(), "Write the page again: COST=write pytest tests/anonymous"


def test_the_page_has_a_row_for_each_and_no_other() -> None:
    rows = [line for line in PAGE.read_text().partition(MARK)[2].splitlines()[2:] if line]

    assert len(rows) == len(CASES)


def alone(case: Case, world: World) -> Cost:
    """As if no case had been before it."""
    with transaction.atomic():
        cost = measured(case, world)
        transaction.set_rollback(True)
    return cost


@pytest.mark.skipif("COST" not in os.environ, reason="nobody asked for the page to be written")
@pytest.mark.timeout(600)
def test_it_writes_the_page(world: World) -> None:
    head = PAGE.read_text().partition(MARK)[0]
    rows = [row(case, alone(case, world)) for case in CASES]
    names = "| address | method | what is sent | answers | statements, at most | rows in | a hash |"

    PAGE.write_text("\n".join([f"{head}{MARK}{names}", "|---|---|---|---|---|---|---|", *rows, ""]))
