"""A real cluster that verifies by itself, through rotations of our keys, while people go on working."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

import jwt as pyjwt
import pytest
from django.utils import timezone
from pytest_django import Settings

from clustersync.adapters.verifiers import verifiers
from clustersync.apiserver import AuthenticationForm
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from common.actors import SYSTEM
from common.errors import Conflict
from tests.system.conftest import Start
from tests.system.kubernetes import NAMESPACES, REAL, APIServer, known, since
from tokens import keyring
from tokens.models import Application, SigningKey
from tokens.models.keys import Algorithm
from tokens.services.issue import issue_to_application
from tokens.services.keys import rotate, rotate_at_once

pytestmark = [*REAL, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

FORMS = [AuthenticationForm.FLAGS, pytest.param(AuthenticationForm.STRUCTURED, marks=since(1, 34))]

# kube-apiserver keeps a copy of the keys for 30 s less.
MAX_AGE = timedelta(seconds=40)
PARALLEL = 8

NewToken = Callable[[], str]


class Asked(NamedTuple):
    at: datetime
    kid: str
    refused: bool


@pytest.fixture
def new_token(
    kubernetes: APIServer, start: Start, robo: Application, prod: Cluster, settings: Settings, form: AuthenticationForm
) -> NewToken:
    """For a cluster that runs and has fetched our keys."""
    settings.JWKS_MAX_AGE = settings.NEXT_KEY_PUBLISHED_FOR = MAX_AGE
    Cluster.objects.update(mode="oidc", api_addresses=["127.0.0.1/32"])

    def issue() -> str:
        return issue_to_application(application=robo, audience=prod.audience).access_token

    start(facts_of(Cluster.objects.get(pk=prod.pk)), form)
    known(kubernetes, issue())
    return issue


def under_load(kubernetes: APIServer, new_token: NewToken) -> Iterator[list[Asked]]:
    """Batch after batch, each request with a token that it has never seen."""

    def ask(token: str) -> Asked:
        refused = kubernetes.ask(token, NAMESPACES).status_code == 401
        return Asked(timezone.now(), kid_of(token), refused)

    with ThreadPoolExecutor(PARALLEL) as pool:
        while True:
            yield list(pool.map(ask, [new_token() for _ in range(PARALLEL)]))


def kid_of(token: str) -> str:
    return str(pyjwt.get_unverified_header(token)["kid"])


def rotated() -> bool:
    try:
        rotate(actor=SYSTEM, algorithm=Algorithm.RS256)
    except Conflict:
        return False
    return True


def for_seconds(seconds: float) -> Callable[[object], bool]:
    end = time.monotonic() + seconds
    return lambda batch: time.monotonic() < end


@pytest.mark.parametrize("form", FORMS)
def test_k08_planned_rotations_under_load_refuse_nothing(
    kubernetes: APIServer, new_token: NewToken, record_property: Callable[[str, object], None]
) -> None:
    """The second is the hard one: when its key was made, the cluster had a copy without it."""
    SigningKey.objects.update(created_at=timezone.now() - MAX_AGE)
    keyring.forget()
    kept = [new_token()]
    load = under_load(kubernetes, new_token)

    assert rotated()
    kept.append(new_token())
    asked = [one for batch in takewhile(lambda _: not rotated(), load) for one in batch]
    asked += [one for batch in takewhile(for_seconds(15), load) for one in batch]

    record_property("refused", f"{sum(one.refused for one in asked)} of {len(asked)}")
    assert len({one.kid for one in asked} | {kid_of(token) for token in kept}) == 3
    assert [one for one in asked if one.refused] == []
    assert [kubernetes.ask(token, NAMESPACES).status_code for token in kept] == [403, 403]


@pytest.mark.parametrize("form", FORMS)
def test_k08_an_emergency_refuses_new_tokens_no_longer_than_was_said(
    kubernetes: APIServer, new_token: NewToken, record_property: Callable[[str, object], None]
) -> None:
    (verifier,) = verifiers()
    began = timezone.now()
    said = verifier.refuses_until(began)
    assert said and said <= began + MAX_AGE - timedelta(seconds=30)
    old = new_token()

    rotate_at_once(actor=SYSTEM, algorithm=Algorithm.RS256)
    load = under_load(kubernetes, new_token)
    asked = [one for batch in takewhile(for_seconds(20), load) for one in batch]

    refused = [one.at for one in asked if one.refused]
    record_property("refused", f"{len(refused)} of {len(asked)}")
    record_property("seconds refused", round((max(refused) - began).total_seconds(), 1) if refused else 0)
    record_property("seconds said", round((said - began).total_seconds(), 1))
    assert refused, "its copy of the keys was fresh"
    assert max(refused) <= said + timedelta(seconds=1)
    assert kubernetes.ask(old, NAMESPACES).status_code == 401, "it forgot the withdrawn keys"
