"""The same role for several subjects in several scopes, all of it or nothing."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from access.assertions import ANY
from access.catalog import Role
from access.models import AccessRule, Scope
from access.services.rules import grant_access
from common.actors import Actor
from common.errors import Conflict, Invalid
from common.wording import Wording

MOST_SUBJECTS = 10
MOST_SCOPES = 10


class RulesMade(NamedTuple):
    """The rules that were made, and how many of those asked for were there before."""

    rules: list[AccessRule]
    there: int


@transaction.atomic
def grant_several(
    *, actor: Actor, subjects: Sequence[tuple[str, str]], role: Role, scopes: Sequence[Scope], source: str = ANY
) -> RulesMade:
    """Give the role to each subject in each scope; a rule that is there already stays as it is."""
    if not 1 <= len(subjects) <= MOST_SUBJECTS or not 1 <= len(scopes) <= MOST_SCOPES:
        raise Invalid(
            "too_many",
            Wording(
                "Choose 1 to {subjects} subjects and 1 to {scopes} scopes.",
                subjects=MOST_SUBJECTS,
                scopes=MOST_SCOPES,
            ),
        )
    made, there = [], 0
    # In one order, so that two who give in the same scopes never wait for each other.
    for scope in sorted(scopes, key=lambda one: one.pk):
        for kind, name in subjects:
            try:
                made.append(
                    grant_access(actor=actor, subject_type=kind, subject_id=name, role=role, scope=scope, source=source)
                )
            except Conflict as refusal:
                if refusal.code != "rule_exists":
                    raise
                there += 1
    return RulesMade(made, there)
