"""A verb that ends access rules by the way needs the right to revoke each of them: every such verb, every two roles."""

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from access.catalog import ROLES, Role
from access.models import AccessRule, Scope, ScopeType
from access.services import delete_scope, revoke_access
from accounts.models import User
from accounts.services.groups import delete_group
from accounts.services.users import delete_user
from clustersync.services.clusters import delete_cluster
from common.errors import Forbidden
from sso.models import IdentityProvider
from sso.services.providers import delete_provider
from tests import cast
from tests.conftest import APIAs, BrowserAs
from tokens.services.applications import delete_application

EDGE, EMPTY = "c0000000-0000-4000-8000-000000000002", "d0000000-0000-4000-8000-000000000003"
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@dataclass
class Place:
    """A verb, what it removes, and where and of whom is the rule that ends with it."""

    verb: Callable[[User, Any], None]
    removed: Any
    scope: Scope
    subject: tuple[str, str] = ("user", "nina@example.com")
    source: str = ""

    def remove(self, actor: User) -> None:
        self.verb(actor, deepcopy(self.removed))


def _cluster(tree: cast.Tree) -> Place:
    edge = cast.cluster(cast.node(ScopeType.CLUSTER, EDGE, "edge", tree.tenant), "w" * 40)
    return Place(lambda actor, it: delete_cluster(actor=actor, cluster=it), edge, edge.scope)


def _department(tree: cast.Tree) -> Place:
    scope = cast.node(ScopeType.DEPARTMENT, EMPTY, "empty", tree.prod)
    return Place(lambda actor, it: delete_scope(actor=actor, scope=it), scope, scope, ("group", "crew"))


def _project(tree: cast.Tree) -> Place:
    return Place(lambda actor, it: delete_scope(actor=actor, scope=it), tree.faces, tree.faces, ("app", "worker"))


def _user(tree: cast.Tree) -> Place:
    return Place(lambda actor, it: delete_user(actor=actor, user=it), cast.person("nina"), tree.tenant)


def _group(tree: cast.Tree) -> Place:
    crew = cast.make_group("crew")
    return Place(lambda actor, it: delete_group(actor=actor, group=it), crew, tree.faces, ("group", "crew"))


def _application(tree: cast.Tree) -> Place:
    robo = cast.make_robo()
    return Place(lambda actor, it: delete_application(actor=actor, application=it), robo, tree.tenant, ("app", "robo"))


def _provider(tree: cast.Tree) -> Place:
    acme = IdentityProvider.objects.create(alias="acme", type="saml", name="Acme")
    return Place(
        lambda actor, it: delete_provider(actor=actor, provider=it), acme, tree.vision, ("group", "crew"), "acme"
    )


PLACES = {make.__name__[1:]: make for make in (_cluster, _department, _project, _user, _group, _application, _provider)}


@pytest.mark.parametrize("what", PLACES)
@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.slug)
def test_it_ends_no_rule_that_the_actor_could_not_revoke(tree: cast.Tree, what: str, role: Role) -> None:
    actor, place = cast.person("actor"), PLACES[what](tree)
    cast.rule("user", actor.email, role.name, tree.tenant)
    may_remove = undone(lambda: place.remove(actor))
    for other in ROLES.values() if may_remove else [role]:
        rule = cast.rule(*place.subject, other.name, place.scope)
        AccessRule.objects.filter(pk=rule.pk).update(source=place.source)
        may_revoke = undone(partial(revoke_access, actor=actor, rule=rule))
        assert undone(lambda: place.remove(actor)) == (may_remove and may_revoke), other.name
        rule.delete()


def undone(verb: Callable[[], Any]) -> bool:
    """Whether the verb is allowed; it is as if it had not been called."""
    try:
        with transaction.atomic():
            verb()
            transaction.set_rollback(True)
    except Forbidden:
        return False
    return True


def test_whoever_ends_rules_by_the_way_is_tried_here() -> None:
    """One function marks a rule as ended; who calls it for several rules is in PLACES."""
    ends, calls = set(), set()
    for file in ROOT.glob("[a-z]*/**/*.py"):
        where, text = str(file.relative_to(ROOT)), file.read_text()
        if not where.startswith("tests/"):
            ends |= {where} if "deleted_at=now" in text else set()
            calls |= {where} if re.search(r"revoke_rules_(of|in|from)\(actor", text) else set()

    assert ends == {"access/services/rules.py"}
    assert calls == {
        "access/receivers.py",
        "access/services/scopes.py",
        "sso/services/providers.py",
        "tokens/services/applications.py",
    }


@pytest.fixture
def olga(tree: cast.Tree) -> User:
    """Registers and removes clusters, and neither gives nor takes access."""
    olga = cast.person("olga")
    cast.rule("user", olga.email, "Cloud operator", tree.tenant)
    return olga


def test_it_names_the_rules_and_who_may_revoke_them(tree: cast.Tree, olga: User, api_as: APIAs) -> None:
    edge = cast.cluster(cast.node(ScopeType.CLUSTER, EDGE, "edge", tree.tenant), "w" * 40)
    rule = cast.rule("user", "nina@example.com", "System administrator", edge.scope)

    answer = api_as(olga).delete(f"/api/v1/clusters/{edge.pk}")

    assert (answer.status_code, answer.json()["details"]) == (403, "exceeds_own_access")
    assert answer.json()["message"] == (
        f"This ends access rules that you may not revoke: {rule.pk} (System administrator in edge)."
        " Ask a System administrator there to revoke them first."
    )


def test_a_cluster_without_rules_goes(tree: cast.Tree, olga: User, api_as: APIAs) -> None:
    edge = cast.cluster(cast.node(ScopeType.CLUSTER, EDGE, "edge", tree.tenant), "w" * 40)

    assert api_as(olga).delete(f"/api/v1/clusters/{edge.pk}").status_code == 204


def test_it_says_nothing_of_a_scope_that_the_actor_is_not_to_know(tree: cast.Tree, olga: User, api_as: APIAs) -> None:
    robo = cast.make_robo()
    rule = cast.rule("app", "robo", "Credentials administrator", tree.faces)

    message = api_as(olga).delete(f"/api/v1/apps/{robo.pk}").json()["message"]

    assert f"{rule.pk}." in message or "more than you hold yourself" in message
    assert "faces" not in message


def test_the_admin_says_it_too(tree: cast.Tree, vera: User, browser_as: BrowserAs) -> None:
    rule = cast.rule("user", "nina@example.com", "System administrator", tree.faces)

    page = browser_as(vera).post(f"/admin/access/project/{tree.faces.pk}/delete/", {"post": "yes"}, follow=True)

    assert f"{rule.pk} (System administrator in faces)" in page.content.decode()
    assert Scope.objects.filter(pk=tree.faces.pk).exists()
