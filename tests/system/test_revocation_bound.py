"""K06: who is disabled is out of a real cluster within the seconds that we state for it."""

import time
from collections.abc import Callable

import pytest

from accounts.models import User
from accounts.services.users import disable_user
from clustersync.apiserver import AuthenticationForm
from clustersync.models import Cluster, CredentialKind
from clustersync.services.bounds import bound_of
from clustersync.services.configuration import facts_of
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests.system.conftest import Start
from tests.system.kubernetes import NAMESPACES, REAL, APIServer, known, token_for
from tokens.services.keys import longest_token_life

pytestmark = [*REAL, pytest.mark.django_db(transaction=True)]

ONE_REQUEST = 1.0


@pytest.fixture
def started(start: Start, prod: Cluster) -> Callable[..., Cluster]:
    def begin(**fields: object) -> Cluster:
        Cluster.objects.update(**fields)
        cluster = Cluster.objects.get(pk=prod.pk)
        start(
            facts_of(cluster),
            AuthenticationForm.FLAGS,
            token=new_credential(actor=SYSTEM, cluster=cluster, kind=CredentialKind.WEBHOOK),
        )
        return cluster

    return begin


def seconds_until_refused(kubernetes: APIServer, token: str) -> float:
    """Asked all the time, so that every cache is as full as it can be."""
    begun = time.monotonic()
    while kubernetes.ask(token, NAMESPACES).status_code == 403 and time.monotonic() < begun + 60:
        time.sleep(0.1)
    return time.monotonic() - begun


@pytest.mark.parametrize(
    ("fields", "stated"),
    [
        ({"mode": "webhook", "webhook_cache_seconds": 1}, 11),
        ({"mode": "webhook", "webhook_cache_seconds": 12}, 22),
        ({"mode": "oidc", "token_seconds": 15}, 25),
        ({"mode": "both", "token_seconds": 15, "webhook_cache_seconds": 1}, 25),
    ],
    ids=["webhook-1s", "webhook-12s", "oidc-15s", "both-15s"],
)
@pytest.mark.usefixtures("researchers")
def test_k06_a_disabled_user_is_out_within_the_stated_seconds(
    started: Callable[..., Cluster],
    kubernetes: APIServer,
    bob: User,
    fields: dict[str, object],
    stated: int,
    record_property: Callable[[str, object], None],
) -> None:
    cluster = started(**fields)
    assert bound_of(cluster, shared_live=longest_token_life()) == stated
    token = token_for(bob, cluster.audience)
    known(kubernetes, token)
    assert kubernetes.ask(token, NAMESPACES).status_code == 403

    disable_user(actor=SYSTEM, user=bob)
    took = seconds_until_refused(kubernetes, token)

    record_property("seconds until refused", f"{took:.1f} of {stated}")
    assert took <= stated + ONE_REQUEST
    assert kubernetes.ask(token, NAMESPACES).status_code == 401
