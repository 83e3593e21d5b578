"""How long credentials are good beside newer ones: never longer than the newest rotation said."""

from datetime import timedelta
from itertools import product

import pytest
import time_machine
from django.utils import timezone

from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import caller_of, new_credential
from common.actors import SYSTEM
from tests import cast

OVERLAPS = [timedelta(0), timedelta(minutes=1), timedelta(hours=1), timedelta(days=2)]
SECOND = timedelta(seconds=1)


def replace(cluster: Cluster, overlap: timedelta) -> str:
    return new_credential(actor=SYSTEM, cluster=cluster, kind=CredentialKind.WEBHOOK, overlap=overlap)


def is_good(cluster: Cluster, token: str) -> bool:
    return caller_of(cluster.pk, token, CredentialKind.WEBHOOK) is not None


@pytest.mark.parametrize(("first", "second"), list(product(OVERLAPS, OVERLAPS)))
def test_a_later_rotation_shortens_and_never_lengthens(prod: Cluster, first: timedelta, second: timedelta) -> None:
    began = timezone.now()
    with time_machine.travel(began, tick=False):
        newer = replace(prod, first)
        newest = replace(prod, second)

    for token, ends in ((cast.PROD_WEBHOOK_TOKEN, min(first, second)), (newer, second)):
        if ends:
            with time_machine.travel(began + ends - SECOND, tick=False):
                assert is_good(prod, token)
        with time_machine.travel(began + ends, tick=False):
            assert not is_good(prod, token)
            assert is_good(prod, newest)


def test_the_credentials_of_the_agent_stay_as_they_are(prod: Cluster) -> None:
    agents = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.AGENT)

    replace(prod, timedelta(0))

    assert caller_of(prod.pk, agents, CredentialKind.AGENT) == prod
    assert not is_good(prod, agents)
