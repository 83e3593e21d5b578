"""Two rotations of a cluster's credential at once leave one that has no end."""

from functools import partial

import pytest
from django.db import connection

from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests.two_at_once.interleaving import two_connections

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"),
]


@pytest.mark.parametrize("kind", CredentialKind)
@pytest.mark.parametrize("stopped_at", range(1, 6))
def test_the_newest_alone_has_no_end(prod: Cluster, kind: CredentialKind, stopped_at: int) -> None:
    rotate = partial(new_credential, actor=SYSTEM, cluster=prod, kind=kind)

    with two_connections() as two:
        two.run(rotate, rotate, at=stopped_at)

    assert prod.credentials.filter(kind=kind, ends_at=None).count() == 1
