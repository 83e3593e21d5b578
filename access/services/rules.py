"""Giving and taking access. Nobody can give, nor take, what they don't hold themselves in that scope."""

import re
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit.services as audit
from access import decisions
from access.assertions import ANY, LOCAL
from access.catalog import Role, roles
from access.models import AccessRule, Scope, SubjectType
from access.ports.sources import sources
from access.services.administrators import keeping_an_administrator
from access.services.asking import require, rule_set_of
from access.services.locking import lock_tree
from access.services.revoking import require_to_revoke
from accounts.models.users import normalize_email
from accounts.names import KEPT_BY_KUBERNETES, LONGEST_GROUP_NAME, is_email, is_group_name
from common.actors import Actor, System
from common.announcements import Changed, announce
from common.errors import Conflict, Forbidden, Invalid, NotFound
from common.locking import hold
from common.wording import Wording

_APP = re.compile(r"[a-z][-_a-z0-9]{0,98}[a-z0-9]", re.ASCII)


@transaction.atomic
def grant_access(
    *, actor: Actor, subject_type: str, subject_id: str, role: Role, scope: Scope, source: str = ANY
) -> AccessRule:
    """Say that the subject has the role in the scope. Nobody needs to go by that name yet.

    With a `source` only whose name is asserted by it: LOCAL, or the alias of an identity provider.
    """
    if source not in (ANY, LOCAL):
        lock_tree()  # so that the provider is not removed meanwhile, with the rules that only it can meet
    require(actor, "create", "access_rules", scope)
    require_to_hold(actor, role, scope)
    hold(scope)

    if role.id not in roles():
        raise Invalid("no_such_role", Wording("There is no role {role}.", role=role.name))
    subject_id = subject_named(subject_type, subject_id)
    _check_source(subject_type, source)
    rule = AccessRule(
        subject_type=subject_type,
        subject_id=subject_id,
        role_id=role.id,
        scope=scope,
        source=source,
        created_by=str(actor),
    )
    try:
        with transaction.atomic():
            rule.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            "rule_exists",
            Wording("{subject} is {role} in {scope} already.", subject=subject_id, role=role.name, scope=scope.name),
        ) from None
    _record("access_rule:grant", actor, rule)
    announce(Changed.RULE, rule)
    return rule


@transaction.atomic
def revoke_access(*, actor: Actor, rule: AccessRule) -> None:
    lock_tree()
    require(actor, "delete", "access_rules", rule.scope)
    require_to_hold(actor, rule.role, rule.scope)
    with keeping_an_administrator():
        _revoke(actor, rule)


@transaction.atomic
def revoke_rules_of(*, actor: Actor, subject_type: str, subject_id: str) -> None:
    """Revoke what names a subject that is gone, so that a later one of the same name inherits nothing.

    For the verbs that delete the subject: they have asked whether the actor may delete it.
    """
    with keeping_an_administrator():
        _revoke_all(actor, AccessRule.objects.naming(frozenset({(subject_type, subject_id)})))


def rename_subject(*, actor: Actor, subject_type: str, before: str, after: str) -> None:
    """Let the live rules that name a subject go by its new name, which no rule names; for the verb that renames it.

    Those that were deleted keep the old name: they say what was.
    """
    for rule in AccessRule.objects.naming(frozenset({(subject_type, before)})).select_related("scope").order_by("pk"):
        rule.subject_id = after
        rule.save(update_fields=["subject_id", "updated_at"])
        _record("access_rule:rename", actor, rule, before=before)
        announce(Changed.RULE, rule)


def revoke_rules_from(*, actor: Actor, source: str) -> None:
    """Revoke what only an identity provider could meet that is about to be removed; for the verb that removes it."""
    _revoke_all(actor, AccessRule.objects.live().filter(source=source))


def revoke_rules_in(*, actor: Actor, scope: Scope) -> None:
    """Revoke what ends in a scope that is about to be deleted."""
    _revoke_all(actor, AccessRule.objects.live().filter(scope=scope))


def subject_named(subject_type: str, subject_id: str) -> str:
    """Return the stored spelling of a subject's name, or Invalid."""
    name = subject_id.strip()
    match subject_type:
        case SubjectType.USER:
            name = normalize_email(name)
            if not is_email(name):
                raise Invalid("bad_subject", "A user is named by the e-mail address.")
        case SubjectType.GROUP:
            if not is_group_name(name) or name.startswith(KEPT_BY_KUBERNETES):
                raise Invalid(
                    "bad_subject",
                    Wording(
                        "A group's name has 1 to {longest} characters and does not begin with system:.",
                        longest=LONGEST_GROUP_NAME,
                    ),
                )
        case SubjectType.APP:
            if not _APP.fullmatch(name):
                raise Invalid("bad_subject", "An application is named by its client id.")
        case _:
            raise Invalid("bad_subject", "The subject type is user, group or app.")
    return name


def _check_source(subject_type: str, source: str) -> None:
    if source in (ANY, LOCAL) and (source == ANY or subject_type != SubjectType.APP):
        return
    if subject_type == SubjectType.APP:
        raise Invalid("bad_source", "An application is known here alone: leave the source blank.", field="source")
    known = sources().aliases()
    if source not in known:
        there = ", ".join([LOCAL, *known])
        raise Invalid(
            "bad_source", Wording("A source is one of {there}, or blank for any of them.", there=there), field="source"
        )


def require_to_hold(actor: Actor, role: Role, scope: Scope) -> None:
    path = scope.ref.path
    if isinstance(actor, System) or decisions.may_grant(rule_set_of(actor, covering=path), role, path):
        return
    raise Forbidden(
        "exceeds_own_access",
        Wording(
            "{role} in {scope} is more than you hold yourself, so you can neither give nor take it.",
            role=role.name,
            scope=scope.name,
        ),
    )


def _revoke_all(actor: Actor, rules: QuerySet[AccessRule]) -> None:
    """Revoke what ends with something else, if the actor may revoke each rule by itself."""
    ending = list(rules.select_related("scope").order_by("pk"))
    require_to_revoke(actor, ending)
    for rule in ending:
        _revoke(actor, rule)


def _revoke(actor: Actor, rule: AccessRule) -> None:
    now = timezone.now()
    if not AccessRule.objects.live().filter(pk=rule.pk).update(deleted_at=now, updated_at=now):
        raise NotFound("not_found", "This access rule has been deleted already.")
    _record("access_rule:revoke", actor, rule)
    announce(Changed.RULE, rule)


def _record(action: str, actor: Actor, rule: AccessRule, **more: Any) -> None:
    source: dict[str, Any] = {"source": rule.source} if rule.source else {}
    audit.record(
        action,
        actor=actor,
        target=rule,
        cluster_id=rule.scope.cluster_id or "",
        subject_type=rule.subject_type,
        subject_id=rule.subject_id,
        role=rule.role.name,
        scope=rule.scope.pk,
        **source,
        **more,
    )
