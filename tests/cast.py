"""The people of every test. Each permission test is then one line of setup."""

from dataclasses import dataclass

from access.catalog import ROLES, Role
from access.models import AccessRule, Scope, ScopeType
from accounts.models import Group, Membership, User
from clustersync.models import Cluster, ClusterCredential, CredentialKind
from common.hashes import sha256_of
from tokens.models import Application

PASSWORD = "Correct-Horse-1"
ROBO_SECRET = "robo-secret-" + "r" * 40
PROD_WEBHOOK_TOKEN = "prod-webhook-token-" + "w" * 32


@dataclass(frozen=True)
class Tree:
    """tenant → prod → vision → faces, and beside it prod → speech → dialects."""

    tenant: Scope
    prod: Scope
    vision: Scope
    faces: Scope
    speech: Scope
    dialects: Scope


def role_named(name: str) -> Role:
    return next(role for role in ROLES.values() if role.name == name)


def role_id(name: str) -> int:
    return role_named(name).id


def node(type_: ScopeType, id_: str, name: str, parent: Scope | None) -> Scope:
    path = f"{parent.path}/{id_}" if parent else id_
    scope, _ = Scope.objects.get_or_create(
        pk=id_, defaults={"type": type_, "name": name, "parent": parent, "path": path}
    )
    return scope


def plant_tree() -> Tree:
    """Create the scopes that are missing, all in one statement: nearly every test begins with them."""
    root = _scope(ScopeType.SYSTEM, "0", "system", None)
    tenant = _scope(ScopeType.TENANT, "1", "runai", root)
    prod = _scope(ScopeType.CLUSTER, "c0000000-0000-4000-8000-000000000001", "prod", tenant)
    vision = _scope(ScopeType.DEPARTMENT, "d0000000-0000-4000-8000-000000000001", "vision", prod)
    speech = _scope(ScopeType.DEPARTMENT, "d0000000-0000-4000-8000-000000000002", "speech", prod)
    faces = _scope(ScopeType.PROJECT, "b0000000-0000-4000-8000-000000000001", "faces", vision)
    dialects = _scope(ScopeType.PROJECT, "b0000000-0000-4000-8000-000000000002", "dialects", speech)
    scopes = {scope.pk: scope for scope in (root, tenant, prod, vision, speech, faces, dialects)}
    there = Scope.objects.in_bulk(scopes)
    Scope.objects.bulk_create(scope for scope in scopes.values() if scope.pk not in there)
    return Tree(*({**scopes, **there}[scope.pk] for scope in (tenant, prod, vision, faces, speech, dialects)))


def _scope(type_: ScopeType, id_: str, name: str, parent: Scope | None) -> Scope:
    path = f"{parent.path}/{id_}" if parent else id_
    return Scope(pk=id_, type=type_, name=name, parent=parent, path=path)


def person(name: str, **fields: object) -> User:
    user = User(email=f"{name}@example.com", first_name=name.title(), **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def rule(subject_type: str, subject_id: str, role: str, scope: Scope) -> AccessRule:
    return AccessRule.objects.create(
        subject_type=subject_type, subject_id=subject_id, role_id=role_id(role), scope=scope
    )


def make_group(name: str, *members: User) -> Group:
    group = Group.objects.create(name=name)
    for member in members:
        Membership.objects.create(group=group, user=member)
    return group


def make_robo() -> Application:
    digest = sha256_of(ROBO_SECRET)
    return Application.objects.create(name="robo", client_id="robo", secret_hash=digest)


def make_prod_cluster(tree: Tree) -> Cluster:
    return cluster(tree.prod, PROD_WEBHOOK_TOKEN)


def cluster(scope: Scope, webhook_token: str, **fields: object) -> Cluster:
    made = Cluster.objects.create(scope=scope, slug=scope.name, audience=f"runai-{scope.name}-{scope.pk[:8]}", **fields)
    ClusterCredential.objects.create(cluster=made, kind=CredentialKind.WEBHOOK, secret_hash=sha256_of(webhook_token))
    return made
