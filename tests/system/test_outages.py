"""A real API server that verifies by itself, while we or another issuer of its configuration don't answer."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import Group, User
from clustersync.apiserver import AuthenticationForm
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from common.hashes import sha256_of
from tests.system.conftest import Start
from tests.system.https import outage
from tests.system.kubernetes import ADMIN_TOKEN, REAL, APIServer, known, since, token_for
from tests.system.verdicts import LAST

pytestmark = [*REAL, since(1, 34), pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

ANOTHER = """\
- issuer:
    url: https://127.0.0.1:1/another
    audiences: [another]
  claimMappings:
    username: {claim: sub, prefix: "another:"}
"""

Name = Callable[[], str]


@pytest.fixture
def name(kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group) -> Name:
    """Ask who Bob is by a new token each time, of which the API server remembers nothing."""
    Cluster.objects.update(mode="oidc")
    return lambda: (kubernetes.who(token_for(bob, prod.audience)) or {"username": ""})["username"]


def until(holds: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.3)
    return holds()


@pytest.mark.parametrize("form", AuthenticationForm)
def test_one_that_starts_in_an_outage_is_ready_and_knows_nobody_until_we_are_back(
    start: Start, kubernetes: APIServer, prod: Cluster, name: Name, form: AuthenticationForm
) -> None:
    with outage():
        start(facts_of(Cluster.objects.get(pk=prod.pk)), form)
        assert kubernetes.ask(ADMIN_TOKEN, "/readyz").ok
        assert name() == ""
    assert until(lambda: name() != "", seconds=20)

    with outage():
        assert name() == "runai:bob@example.com"
        kubernetes.halt()
        kubernetes.go_on()
        assert name() == ""
    assert until(lambda: name() != "", seconds=20)


def test_a_change_waits_for_every_issuer_in_the_file(
    start: Start, kubernetes: APIServer, prod: Cluster, bob: User, name: Name, tmp_path: Path
) -> None:
    start(facts_of(Cluster.objects.get(pk=prod.pk)), AuthenticationForm.STRUCTURED)
    known(kubernetes, token_for(bob, prod.audience))
    file = tmp_path / "pasted" / "authentication.yaml"
    changed = file.read_text().replace('prefix: "runai:"', 'prefix: "changed:"')

    put(file, changed + ANOTHER)
    assert not until(lambda: name() != "runai:bob@example.com", seconds=15)
    assert not is_in_use(kubernetes, changed + ANOTHER)
    put(file, changed)

    assert until(lambda: name() == "changed:bob@example.com", seconds=75)
    assert is_in_use(kubernetes, changed)


def is_in_use(kubernetes: APIServer, text: str) -> bool:
    return f"sha256:{sha256_of(text)}" in LAST.findall(kubernetes.ask(ADMIN_TOKEN, "/metrics").text)


def put(file: Path, text: str) -> None:
    beside = file.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, file)
