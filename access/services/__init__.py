from access.services.administrators import administrators, keeping_an_administrator
from access.services.asking import (
    grantable,
    permitted,
    readable_rules,
    require,
    require_at_least,
    rule_set_of,
    rules_allowing,
    visible_scopes,
)
from access.services.rules import grant_access, revoke_access, revoke_rules_from, revoke_rules_of
from access.services.scopes import create_department, create_project, create_scope, delete_scope, plant_roots
from access.services.who_can import who_can
from access.services.why import why, why_of

__all__ = [
    "administrators",
    "create_department",
    "create_project",
    "create_scope",
    "delete_scope",
    "grant_access",
    "grantable",
    "keeping_an_administrator",
    "permitted",
    "plant_roots",
    "readable_rules",
    "require",
    "require_at_least",
    "revoke_access",
    "revoke_rules_from",
    "revoke_rules_of",
    "rule_set_of",
    "rules_allowing",
    "visible_scopes",
    "who_can",
    "why",
    "why_of",
]
