"""Every endpoint that asks for a permission, every role in each kind of scope: what `why` says is what happens."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.urls import resolve
from rest_framework.test import APIClient

from access.catalog import ROLES, Role
from access.models import AccessRule, Scope, SubjectType
from access.services import why_of
from accounts.models import User
from clustersync.models import CredentialKind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from common.api import Needs
from tests import cast
from tests.access.test_deny_by_default import CALLS, declared
from tests.conftest import APIAs
from tests.sso.idp import IdP
from tests.sso.signing_in import connect

pytestmark = [pytest.mark.slow, pytest.mark.either_database]

ID = "00000000-0000-4000-8000-000000000000"
L1 = cast.role_id("L1 researcher")


@dataclass
class World:
    """One of each thing, named by rules of the project faces, and held by nobody who holds much."""

    tree: cast.Tree

    def __post_init__(self) -> None:
        self.victim, self.robo = cast.person("victim"), cast.make_robo()
        self.team = cast.make_group("team", self.victim)
        self.rule = cast.rule("user", self.victim.email, "Viewer", self.tree.faces)
        cast.rule("group", "team", "Viewer", self.tree.faces)
        cast.rule("app", "robo", "Viewer", self.tree.faces)
        self.prod = cast.make_prod_cluster(self.tree)
        new_credential(actor=SYSTEM, cluster=self.prod, kind=CredentialKind.AGENT)
        self.credential = self.prod.credentials.get(kind=CredentialKind.AGENT)
        connect(IdP(), enabled=False)
        self.robo.previous_secret_hash = "x"
        self.robo.save()


@dataclass(frozen=True)
class Done:
    """What is asked of an endpoint, and the name of the scope in which it is done; blank: in whichever the rule is."""

    path: Callable[[World], str] = lambda world: ""
    body: Callable[[World], dict[str, Any]] = lambda world: {}
    at: str = ""


def of_cluster(leaf: str = "", **body: Any) -> Done:
    return Done(lambda w: f"clusters/{w.prod.pk}{leaf}", lambda w: body, at="prod")


def in_account(path: Callable[[World], str], **body: Any) -> Done:
    return Done(path, lambda w: body, at="tenant")


def at_faces(path: Callable[[World], str]) -> Done:
    return Done(path, at="faces")


def app_endpoints(name: str) -> dict[str, Done]:
    one: Callable[[World], str] = lambda w: f"{name}/{w.robo.pk}"  # noqa: E731
    return {
        f"GET {name}": Done(),
        f"POST {name}": in_account(lambda w: name, name="new"),
        f"GET {name}/{ID}": at_faces(one),
        f"PATCH {name}/{ID}": in_account(one, enabled=False),
        f"DELETE {name}/{ID}": in_account(one),
        f"POST {name}/{ID}/secret": in_account(lambda w: f"{one(w)}/secret"),
        f"DELETE {name}/{ID}/previous-secret": in_account(lambda w: f"{one(w)}/previous-secret"),
    }


ENDPOINTS: dict[str, Done] = {
    **app_endpoints("apps"),
    **app_endpoints("service-accounts"),
    "GET clusters": Done(),
    "POST clusters": in_account(lambda w: "clusters", name="lab"),
    f"GET clusters/{ID}": of_cluster(),
    f"PATCH clusters/{ID}": of_cluster(tokenSeconds=600),
    f"DELETE clusters/{ID}": of_cluster(),
    f"GET clusters/{ID}/config": of_cluster("/config"),
    f"GET clusters/{ID}/config/x": of_cluster("/config/webhook.json"),
    f"GET clusters/{ID}/kubeconfig": of_cluster("/kubeconfig"),
    f"POST clusters/{ID}/webhook-token": of_cluster("/webhook-token"),
    f"POST clusters/{ID}/agent-token": of_cluster("/agent-token"),
    f"GET clusters/{ID}/credentials": of_cluster("/credentials"),
    f"DELETE clusters/{ID}/credentials/1": Done(
        lambda w: f"clusters/{w.prod.pk}/credentials/{w.credential.pk}", at="prod"
    ),
    f"GET clusters/{ID}/rbac": of_cluster("/rbac"),
    f"GET clusters/{ID}/agent": of_cluster("/agent"),
    f"GET clusters/{ID}/rbac/cluster-roles": of_cluster("/rbac/cluster-roles"),
    f"POST clusters/{ID}/rbac/diff": of_cluster("/rbac/diff", items=[]),
    "GET audit/log": in_account(lambda w: "audit/log"),
    "GET audit/log/file": in_account(lambda w: "audit/log/file"),
    "GET users": Done(),
    "POST users": in_account(lambda w: "users", email="new@example.com"),
    "GET users/count": Done(),
    f"GET users/{ID}": at_faces(lambda w: f"users/{w.victim.pk}"),
    f"PATCH users/{ID}": in_account(lambda w: f"users/{w.victim.pk}", firstName="V"),
    f"DELETE users/{ID}": in_account(lambda w: f"users/{w.victim.pk}"),
    f"POST users/{ID}/invitation": in_account(lambda w: f"users/{w.victim.pk}/invitation"),
    f"POST users/{ID}/password": in_account(lambda w: f"users/{w.victim.pk}/password"),
    f"GET users/{ID}/second-factors": at_faces(lambda w: f"users/{w.victim.pk}/second-factors"),
    f"DELETE users/{ID}/second-factors": in_account(lambda w: f"users/{w.victim.pk}/second-factors"),
    f"POST users/{ID}/cut-access": in_account(lambda w: f"users/{w.victim.pk}/cut-access"),
    f"POST users/{ID}/logout": in_account(lambda w: f"users/{w.victim.pk}/logout"),
    "GET groups": Done(),
    "POST groups": in_account(lambda w: "groups", name="new"),
    f"GET groups/{ID}": at_faces(lambda w: f"groups/{w.team.pk}"),
    f"DELETE groups/{ID}": in_account(lambda w: f"groups/{w.team.pk}"),
    f"POST groups/{ID}/members": Done(
        lambda w: f"groups/{w.team.pk}/members", lambda w: {"userId": str(w.victim.pk)}, at="tenant"
    ),
    f"DELETE groups/{ID}/members/{ID}": in_account(lambda w: f"groups/{w.team.pk}/members/{w.victim.pk}"),
    "GET security/settings": Done(),
    "GET security/settings/x": Done(lambda w: "security/settings/browserSessionTimeout"),
    "PUT security/settings/x": in_account(lambda w: "security/settings/browserSessionTimeout", idleTimeout=60),
    "GET authorization/roles": Done(),
    "GET authorization/roles/1": Done(),
    "GET authorization/access-rules": Done(),
    "POST authorization/access-rules": Done(
        lambda w: "authorization/access-rules",
        lambda w: {
            "subjectType": "user",
            "subjectId": "new@example.com",
            "roleId": L1,
            "scopeType": "project",
            "scopeId": w.tree.faces.pk,
        },
        at="faces",
    ),
    "GET authorization/access-rules/count": Done(),
    "GET authorization/access-rules/1": at_faces(lambda w: f"authorization/access-rules/{w.rule.pk}"),
    "DELETE authorization/access-rules/1": at_faces(lambda w: f"authorization/access-rules/{w.rule.pk}"),
    "GET authorization/who-can": at_faces(
        lambda w: f"authorization/who-can?action=read&resourceType=jobs&scopeId={w.tree.faces.pk}"
    ),
    "GET org-unit/departments": Done(),
    "POST org-unit/departments": Done(
        lambda w: "org-unit/departments", lambda w: {"name": "new", "clusterId": w.tree.prod.pk}, at="prod"
    ),
    "GET org-unit/departments/x": Done(lambda w: f"org-unit/departments/{w.tree.vision.pk}", at="vision"),
    "DELETE org-unit/departments/x": Done(lambda w: f"org-unit/departments/{w.tree.speech.pk}", at="speech"),
    "GET org-unit/projects": Done(),
    "POST org-unit/projects": Done(
        lambda w: "org-unit/projects", lambda w: {"name": "new", "parentId": w.tree.vision.pk}, at="vision"
    ),
    "GET org-unit/projects/x": at_faces(lambda w: f"org-unit/projects/{w.tree.faces.pk}"),
    "DELETE org-unit/projects/x": at_faces(lambda w: f"org-unit/projects/{w.tree.faces.pk}"),
    "GET tenants": Done(),
    "GET idps": Done(),
    "POST idps": in_account(lambda w: "idps", type="saml"),
    "GET idps/x": Done(lambda w: "idps/saml"),
    "PUT idps/x": in_account(lambda w: "idps/saml"),
    "DELETE idps/x": in_account(lambda w: "idps/saml"),
    "GET idps/x/mappers": Done(lambda w: "idps/saml/mappers"),
    "PUT idps/x/mappers": in_account(lambda w: "idps/saml/mappers"),
}
# The kinds of scope in which a rule is tried; speech is beside the one in which most is done.
GRANTED = ("tenant", "prod", "vision", "faces", "speech")


@pytest.fixture
def world(tree: cast.Tree) -> World:
    return World(tree)


def test_every_endpoint_that_asks_for_a_permission_is_here() -> None:
    asking = {
        f"{method} {path.removeprefix('/api/v1/')}"
        for path, method in CALLS
        if isinstance(declared(path), dict) and isinstance(declared(path).get(method), Needs)
    }

    assert asking == set(ENDPOINTS)


def holders(tree: cast.Tree) -> Iterator[tuple[User, Role, str]]:
    """Somebody with each role in each of the scopes, one after the other."""
    user = cast.person("holder")
    for role in ROLES.values():
        for where in GRANTED:
            AccessRule.objects.filter(subject_id=user.email).delete()
            cast.rule("user", user.email, role.name, getattr(tree, where))
            yield user, role, where


def is_let_through(client: APIClient, method: str, path: str, body: dict[str, Any]) -> bool:
    """Nothing of it is kept. What a verb refuses for another reason than the permission was let through."""
    with transaction.atomic():
        answer = client.generic(method, path, **_sent(method, body))
        transaction.set_rollback(True)
    assert answer.status_code < 500
    if answer.status_code == 403:
        return answer.json().get("details") not in ("permission_denied", "forbidden")
    return answer.status_code != 404


def _sent(method: str, body: dict[str, Any]) -> dict[str, Any]:
    return {} if method == "GET" else {"data": json.dumps(body), "content_type": "application/json"}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_why_says_what_happens(world: World, api_as: APIAs, endpoint: str) -> None:
    done, (method, default) = ENDPOINTS[endpoint], endpoint.split()
    path = f"/api/v1/{done.path(world) or default}"
    view: Any = resolve(path.partition("?")[0]).func
    needs = view.cls.requires[method]
    unlike = []
    for user, role, where in holders(world.tree):
        scope: Scope = getattr(world.tree, done.at or where)
        said = _why(user, needs, scope)
        if said != is_let_through(api_as(user), method, path, done.body(world)):
            unlike.append((role.name, where, f"why says {said}"))

    assert not unlike


def _why(user: User, needs: Needs, scope: Scope) -> bool:
    who = {"subject_type": SubjectType.USER.value, "subject_id": user.email}
    return why_of(actor=SYSTEM, action=needs.action, resource_type=needs.resource_type, scope=scope, **who).allowed
