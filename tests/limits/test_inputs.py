"""Each row of docs/limits.md about what is inside a request: what is at the limit passes, and what is above doesn't."""

import time

import pytest
from django.test import Client

from accounts.models import User
from clustersync.models import Cluster
from tests.conftest import APIAs, BrowserAs
from tests.limits.inputs import SECTIONS
from tests.limits.limits import Limit, World
from tests.sso.idp import IdP
from tests.sso.signing_in import connect
from tests.tokens.asking import make_shop

pytestmark = pytest.mark.django_db

MOST_SECONDS = 0.1  # of CPU
LIMITS = [limit for section in SECTIONS.values() for limit in section]


@pytest.fixture
def world(ada: User, prod: Cluster, api_as: APIAs, browser_as: BrowserAs) -> World:
    connect(IdP(), alias="corp")
    make_shop()
    return World(api_as(ada), browser_as(ada), Client(), str(prod.pk))


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.what)
def test_so_much_is_taken_and_no_more(world: World, limit: Limit) -> None:
    at_the_limit = limit.send(world, limit.most)
    assert at_the_limit.status_code < 500
    assert limit.said not in limit.text_of(at_the_limit)

    began = time.process_time()
    beyond = limit.send(world, limit.most + 1)
    spent = time.process_time() - began

    assert (beyond.status_code, limit.said in limit.text_of(beyond)) == (limit.status, True), limit.text_of(beyond)
    assert spent < MOST_SECONDS
