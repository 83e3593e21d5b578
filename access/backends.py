"""Access rules as Django permissions, `<resource type>.<action>`: what the admin asks of a user."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from access import decisions
from access.decisions import RuleSet
from access.models import Scope
from access.services import rule_set_of
from accounts.models import User

# Who holds none of these has nothing to do in the admin.
SHOWN_IN_ADMIN = ("users", "groups", "access_rules", "apps", "cluster", "department", "project", "security-settings")


class AccessBackend(BaseBackend):
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Signing in has one way, `accounts.services.sign_in`."""
        return None

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.filter(pk=user_id, enabled=True).first()

    def has_perm(self, user_obj: Any, perm: str, obj: object = None) -> bool:
        if not isinstance(user_obj, User):
            return False
        resource_type, _, action = perm.rpartition(".")
        rules = _rule_set_of(user_obj)
        scope = _scope_of(obj)
        if scope is not None:
            return decisions.may(rules, action, resource_type, scope.ref.path)
        # May they anywhere? Pages list what lies in those scopes only.
        return bool(decisions.permitted_scopes(rules, action, resource_type))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Return whether the admin has a page for this person: reading users or rules, or writing anything it shows."""
        rules = _rule_set_of(user_obj)
        return any(
            decisions.permitted_scopes(rules, action, resource_type)
            for resource_type in SHOWN_IN_ADMIN
            for action in ("create", "update", "delete")
        ) or any(decisions.permitted_scopes(rules, "read", type_) for type_ in ("users", "access_rules"))


def _rule_set_of(user: User) -> RuleSet:
    """Looked up once for a user object, which lives as long as its request: a page asks for dozens of permissions."""
    held: RuleSet | None = user.__dict__.get("_rule_set")
    if held is None:
        held = user.__dict__["_rule_set"] = rule_set_of(user)
    return held


def _scope_of(obj: object) -> Scope | None:
    """Return the object's place in the tree; what has none belongs to the whole tenant."""
    scope = obj if isinstance(obj, Scope) else getattr(obj, "scope", None)
    return scope if isinstance(scope, Scope) else None
