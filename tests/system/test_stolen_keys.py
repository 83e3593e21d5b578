"""What whoever holds this server's keys can be in a cluster: a real kube-apiserver is asked, told what we generate."""

from typing import Any

import pytest
from django.conf import settings

from clustersync.apiserver import AuthenticationForm
from clustersync.models import Cluster, Mode
from clustersync.services.configuration import facts_of
from tests.clustersync.forging import Row, made
from tests.system.conftest import Start
from tests.system.kubernetes import NAMESPACES, REAL, APIServer, known, since

pytestmark = [*REAL, pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

MIGHTY = [
    {"groups": '["system:masters"]'},
    {"preferred_username": '"system:admin"', "groups": '["system:masters", "kubeadm:cluster-admins"]'},
    {"preferred_username": '"system:serviceaccount:identity-agent:identity-agent"', "sub": '"system:admin"'},
    {"preferred_username": '"kubernetes-admin"', "groups": '"system:masters"'},
]
FORMS = [pytest.param(AuthenticationForm.FLAGS), pytest.param(AuthenticationForm.STRUCTURED, marks=since(1, 34))]


@pytest.mark.parametrize("form", FORMS)
def test_where_tokens_are_verified_by_keys_everybody_has_the_clusters_prefixes(
    start: Start, kubernetes: APIServer, prod: Cluster, form: AuthenticationForm
) -> None:
    Cluster.objects.update(mode=Mode.OIDC)
    start(facts_of(Cluster.objects.get(pk=prod.pk)), form)
    known(kubernetes, forged(prod, {}))

    for claims in MIGHTY:
        token = forged(prod, claims)
        user = kubernetes.who(token) or {"username": prod.username_prefix}
        assert user["username"].startswith(prod.username_prefix)
        named = set(user.get("groups", ())) - {"system:authenticated"}
        assert all(group.startswith(prod.groups_prefix) for group in named)
        assert kubernetes.ask(token, f"{NAMESPACES}/kube-system/secrets").status_code in (401, 403)


def forged(cluster: Cluster, claims: dict[str, Any]) -> str:
    return made(Row("", "", claims), issuer=settings.ISSUER, audience=cluster.audience)
