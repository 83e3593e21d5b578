from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

import audit.services as audit
from access.models import NAME, PARENT_TYPE, ROOT_ID, ROOT_NAME, TENANT_ID, Scope, ScopeType
from access.namespaces import namespace_of, owner_of
from access.services.asking import require
from access.services.locking import lock_to_remove_scope, lock_tree
from access.services.rules import revoke_rules_in
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Conflict, Invalid
from common.locking import hold
from common.wording import Wording


def plant_roots() -> Scope:
    """Make the two topmost nodes where they are missing; answers the tenant."""
    root, _ = Scope.objects.get_or_create(
        pk=ROOT_ID, defaults={"type": ScopeType.SYSTEM, "name": ROOT_NAME, "path": ROOT_ID}
    )
    tenant, _ = Scope.objects.get_or_create(
        pk=TENANT_ID,
        defaults={
            "type": ScopeType.TENANT,
            "name": settings.TENANT_NAME,
            "parent": root,
            "path": f"{ROOT_ID}/{TENANT_ID}",
        },
    )
    return tenant


def create_department(*, actor: Actor, name: str, cluster: Scope) -> Scope:
    return create_scope(actor=actor, type_=ScopeType.DEPARTMENT, name=name, parent=cluster)


def create_project(*, actor: Actor, name: str, department: Scope) -> Scope:
    return create_scope(actor=actor, type_=ScopeType.PROJECT, name=name, parent=department)


@transaction.atomic
def create_scope(*, actor: Actor, type_: ScopeType, name: str, parent: Scope) -> Scope:
    """Add a node; permissions carry the scope types' names (`cluster`, `department`, `project`)."""
    lock_tree()  # the parent must not be deleted meanwhile, nor a namesake made
    require(actor, "create", type_.value, parent)
    if parent.type != PARENT_TYPE[type_]:
        raise Invalid(
            "wrong_parent",
            Wording(
                "A {type} belongs to a {parent}.", type=Wording(type_.value), parent=Wording(PARENT_TYPE[type_].value)
            ),
        )
    _check_name(name)
    if type_ == ScopeType.PROJECT:
        _refuse_a_namespace_of_others(name)
    hold(parent)
    _refuse_a_namesake(type_, name, parent)

    id_ = str(uuid4())
    scope = Scope(pk=id_, type=type_, name=name, parent=parent, path=f"{parent.path}/{id_}", created_by=str(actor))
    scope.save(force_insert=True)
    audit.record(f"{type_.value}:create", actor=actor, target=scope, cluster_id=scope.cluster_id or "")
    announce(Changed.SCOPE, scope)
    return scope


@transaction.atomic
def delete_scope(*, actor: Actor, scope: Scope) -> None:
    """Remove a node that has nothing below it, with the access rules that end there."""
    if scope.type in (ScopeType.SYSTEM, ScopeType.TENANT):
        raise Conflict("scope_is_root", "The account itself can't be deleted.")
    lock_to_remove_scope(scope)
    require(actor, "delete", scope.type, scope)
    if scope.children.exists():
        raise Conflict(
            "scope_not_empty", Wording("{name} still has something below it. Delete that first.", name=scope.name)
        )

    revoke_rules_in(actor=actor, scope=scope)
    audit.record(f"{scope.type}:delete", actor=actor, target=scope, cluster_id=scope.cluster_id or "")
    announce(Changed.SCOPE, scope)
    scope.delete()


def _check_name(name: str) -> None:
    try:
        NAME(name)
    except ValidationError as error:
        raise Invalid("bad_name", error.messages[0]) from None


def _refuse_a_namespace_of_others(project: str) -> None:
    namespace = namespace_of(project)
    if owner := owner_of(namespace):
        raise Invalid(
            "name_reserved",
            Wording(
                "A project named {project} would have the namespace {namespace}, which belongs to "
                "{owner}. Choose another name.",
                project=project,
                namespace=namespace,
                owner=owner,
            ),
        )


def _refuse_a_namesake(type_: ScopeType, name: str, parent: Scope) -> None:
    # A project's namespace is runai-<name>, so its name is taken in its whole cluster, not in its department only.
    here = Q(parent__parent=parent.parent) if type_ == ScopeType.PROJECT else Q(parent=parent)
    if Scope.objects.filter(here, type=type_, name=name).exists():
        raise Conflict(
            "name_taken", Wording("A {type} named {name} exists here already.", type=Wording(type_.value), name=name)
        )
