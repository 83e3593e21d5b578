"""K08: a cluster that verifies by itself can follow a rotation without refusing anybody, as it sees us over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import jwt as pyjwt
import pytest
import time_machine
from django.test import Client

from clustersync.models import Cluster
from tests.tokens.asking import by_secret
from tokens import keyring
from tokens.models import Application
from tokens.services.keys import longest_token_life, turn_over

CERTS = "/auth/realms/runai/protocol/openid-connect/certs"
STEP = timedelta(hours=3)
DAYS = 75


class Seen(NamedTuple):
    """What a fetch showed, and which key signed a token asked for in the same moment."""

    at: datetime
    published: set[str]
    signing: str


def max_age(client: Client) -> timedelta:
    directives = dict(part.strip().partition("=")[::2] for part in client.get(CERTS)["Cache-Control"].split(","))
    return timedelta(seconds=int(directives["max-age"]))


def look(client: Client, robo: Application, cluster: Cluster) -> Seen:
    turn_over()  # as the first request of each minute does
    keyring.forget()  # another process, whose list of keys is a second old at most
    published = {key["kid"] for key in client.get(CERTS).json()["keys"]}
    token = by_secret(robo, audience=cluster.audience)["accessToken"]
    return Seen(datetime.now(UTC), published, pyjwt.get_unverified_header(token)["kid"])


@pytest.fixture
def seen(client: Client, robo: Application, prod: Cluster, keys: None) -> Iterator[list[Seen]]:
    start = datetime.now(UTC)
    with time_machine.travel(start, tick=False) as clock:
        looks = []
        for step in range(int(timedelta(days=DAYS) / STEP)):
            clock.move_to(start + step * STEP)
            looks.append(look(client, robo, prod))
        yield looks


@pytest.mark.slow
def test_k08_each_key_is_published_before_it_signs_and_after_its_tokens_ended(seen: list[Seen], client: Client) -> None:
    signers = list(dict.fromkeys(one.signing for one in seen))
    assert len(signers) == 3, "there were two rotations"

    for kid in signers:
        signed = [one.at for one in seen if one.signing == kid]
        shown = [one.at for one in seen if kid in one.published]
        assert kid == signers[0] or signed[0] - shown[0] >= max(max_age(client), timedelta(hours=24))
        assert kid == signers[-1] or shown[-1] - signed[-1] >= longest_token_life()
        assert len(shown) == (shown[-1] - shown[0]) / STEP + 1, "it was never missing between"


def test_k08_what_clusters_are_told_to_keep_is_short(client: Client, keys: None) -> None:
    assert timedelta(seconds=30) < max_age(client) <= timedelta(minutes=10)
