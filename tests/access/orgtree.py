"""The organisation of the cast, without a database: prod → vision → faces, and prod → speech → dialects."""

from access.catalog import Role
from access.decisions import RuleRef, RuleSet, ScopeRef
from tests.cast import role_named


def node(type_: str, id_: str, parent: ScopeRef | None = None) -> ScopeRef:
    path = (*parent.path, id_) if parent else (id_,)
    return ScopeRef(id_, type_, id_, path)


SYSTEM = node("system", "0")
TENANT = node("tenant", "1", SYSTEM)
PROD = node("cluster", "prod", TENANT)
VISION = node("department", "vision", PROD)
FACES = node("project", "faces", VISION)
SPEECH = node("department", "speech", PROD)
DIALECTS = node("project", "dialects", SPEECH)

EVERYWHERE = (SYSTEM, TENANT, PROD, VISION, FACES, SPEECH, DIALECTS)

ALICE = ("user", "alice@example.com")


def granted(*rules: tuple[Role | str, ScopeRef], subject: tuple[str, str] = ALICE) -> RuleSet:
    """Rule ids count from 1 in the order given."""
    return RuleSet(
        RuleRef(rule_id, subject, role_named(role) if isinstance(role, str) else role, scope)
        for rule_id, (role, scope) in enumerate(rules, start=1)
    )
