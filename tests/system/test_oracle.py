"""The oracle and a real kube-apiserver, asked about the same good and bad tokens."""

import time
from typing import Any

import pytest
from django.conf import settings

from clustersync.apiserver import Form
from clustersync.models import Cluster
from clustersync.oracle import Told, judge, told_by
from clustersync.services.configuration import facts_of
from tests.clustersync.oracle_tokens import ROWS, Row, made
from tests.system.conftest import Start
from tests.system.kubernetes import REAL, APIServer, known, since, version
from tokens import keyring

pytestmark = [*REAL, pytest.mark.django_db(transaction=True)]

Person = dict[str, Any] | None
EVERYBODY = "system:authenticated"


def said_by_oracle(token: str, told: Told) -> Person:
    user = judge(token, told=told, keys=keyring.published()["keys"], now=time.time()).user
    if user is None:
        return None
    return {"username": user.username, "uid": user.uid, "groups": sorted(user.groups), "extra": user.extra}


def said_by_server(kubernetes: APIServer, token: str) -> Person:
    user = kubernetes.who(token)
    if user is None:
        return None
    groups = sorted(group for group in user.get("groups", ()) if group != EVERYBODY)
    return {
        "username": user.get("username", ""), "uid": user.get("uid", ""), "groups": groups,
        "extra": user.get("extra", {}),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "form", "legacy"),
    [
        pytest.param("S", Form.STRUCTURED, False, marks=since(1, 34)),
        pytest.param("F", Form.FLAGS, False),
        pytest.param("L", Form.STRUCTURED, True, marks=since(1, 34)),
    ],
    ids=["configuration", "flags", "configuration of the platform"],
)
def test_they_agree_on_every_token(
    start: Start, kubernetes: APIServer, prod: Cluster, kind: str, form: Form, legacy: bool
) -> None:
    Cluster.objects.update(mode="oidc", legacy_flags=legacy)
    facts = facts_of(Cluster.objects.get(pk=prod.pk))
    start(facts, form)
    told = told_by(facts, form, credential_ids=version() >= (1, 32))
    known(kubernetes, token_of(ROWS[0]))

    disagreed = []
    for row in ROWS:
        token = token_of(row)
        server, oracle = said_by_server(kubernetes, token), said_by_oracle(token, told)
        if server != oracle or (server is not None) != (kind in row.accepted):
            disagreed.append((row.name, row.accepted, server, oracle))
    assert disagreed == []
    assert len(ROWS) >= 60


def token_of(row: Row) -> str:
    return made(row, issuer=settings.ISSUER, audience=Cluster.objects.get().audience)
