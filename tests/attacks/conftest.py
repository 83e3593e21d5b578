from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from access.models import AccessRule
from accounts.models import Group, User
from clustersync.models import Cluster, ClusterCredential, CredentialKind
from common.hashes import sha256_of
from sso.models import IdentityProvider
from tests import cast
from tests.conftest import APIAs
from tests.keys import plant_keys

# The directory, and the browser that goes through it.
from tests.sso.conftest import idp as idp
from tests.sso.conftest import provider as provider
from tests.sso.conftest import visitor as visitor
from tokens.models import Application

Ask = Callable[..., Any]


AGENT_TOKEN = "prod-agent-token-" + "a" * 32
# By the end of the path, of what is called by a cluster and by nobody else.
CREDENTIALS = {"/tokenreview": cast.PROD_WEBHOOK_TOKEN, "/rbac/status": AGENT_TOKEN}


@pytest.fixture
def keys(db: None) -> None:
    plant_keys()


@pytest.fixture
def ids(
    tree: cast.Tree, ada: User, charlie: User, bob: User, researchers: Group, robo: Application, prod: Cluster
) -> dict[str, str]:
    """What stands for the variables of a path: things that exist, so that an attack gets past a 404."""
    Cluster.objects.filter(pk=prod.pk).update(api_url="https://prod.example.com:6443")
    ClusterCredential.objects.create(cluster=prod, kind=CredentialKind.AGENT, secret_hash=sha256_of(AGENT_TOKEN))
    IdentityProvider.objects.create(alias="acme", type="saml", name="Acme")
    return {
        "/api/v1/users/{id}": str(charlie.pk),
        "/api/v1/groups/{id}": str(researchers.pk),
        "{user_pk}": str(bob.pk),
        "/api/v1/apps/{id}": str(robo.pk),
        "/api/v1/service-accounts/{id}": str(robo.pk),
        "{rule_id}": str(AccessRule.objects.filter(subject_id="researchers").get().pk),
        "{role_id}": str(cast.role_id("Editor")),
        "/api/v1/org-unit/departments/{scope_id}": tree.vision.pk,
        "/api/v1/org-unit/projects/{scope_id}": tree.faces.pk,
        "/api/v1/me/cluster-tokens/{id}": str(charlie.pk),  # of nothing: tokens are people's own
        "{uuid}": prod.pk,
        "{file}": "authentication-v1.yaml",
        "{credential_id}": str(prod.credentials.get(kind=CredentialKind.WEBHOOK).pk),
        "{key}": "browserSessionTimeout",
        "{alias}": "acme",
    }


@pytest.fixture
def ask(ids: dict[str, str], ada: User, api_as: APIAs) -> Ask:
    """Send raw bytes as an administrator; to the endpoints of clusters as the cluster."""

    def send(method: str, path: str, body: Any = b"", content_type: str = "application/json", **more: Any) -> Any:
        credential = CREDENTIALS.get(path.rpartition("}")[2])
        client = APIClient() if credential else api_as(ada)
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        return client.generic(method, filled(path, ids), body, content_type, headers=headers, **more)

    return send


def filled(path: str, ids: dict[str, str]) -> str:
    for template, value in ids.items():
        if template in path:
            path = path.replace(template, template.rpartition("{")[0] + value)
    assert "{" not in path, f"tests/attacks/conftest.py has no value for {path}"
    return path
