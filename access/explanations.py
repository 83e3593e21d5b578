"""An explanation of `decisions` in sentences. Pure: values in, words out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from access.assertions import LOCAL, Unmet
from access.catalog import RESOURCE_TYPES
from access.catalog.counting import counts_in
from access.decisions import Explanation, Grant, Miss, Step


@dataclass(frozen=True)
class Withheld:
    """A rule that names somebody, would allow what is asked, and gives them nothing.

    `source` asserts the name, or the account where that is the reason: an identity provider's alias, empty for this
    service. `wanted` is the rule's own source.
    """

    grant: Grant
    reason: Unmet
    source: str
    wanted: str


def sentences(
    explanation: Explanation,
    names: Mapping[str, str],
    *,
    unseen: bool = False,
    disabled: str = "",
    withheld: Iterable[Withheld] = (),
) -> list[str]:
    """Why it is allowed or refused, most telling first.

    `names` gives the scopes' names by id. `unseen`: it is allowed, by rules that are kept from the reader. `disabled`:
    whatever rules allow, this user or application is refused.
    """
    return [*_decided(explanation, names, unseen=unseen, disabled=disabled), *map(_withheld, withheld)]


def _decided(explanation: Explanation, names: Mapping[str, str], *, unseen: bool, disabled: str) -> list[str]:
    what = f"{explanation.action} {RESOURCE_TYPES[explanation.resource].display_name.lower()}"
    where = explanation.scope.name
    told = [_allowing(step, names) for step in explanation.chain]
    if unseen:
        told = ["By access rules of scopes in which you may not read them."]

    if told and disabled:
        return [f"No, they may not {what} in {where}: the {disabled} is disabled. Enabled, they might:", *told]
    if told:
        return [f"Yes, they may {what} in {where}.", *told]
    return [f"No, they may not {what} in {where}.", *_refusing(explanation)]


def _refusing(explanation: Explanation) -> list[str]:
    told = [_missing(miss.grant, miss.why) for miss in explanation.nearest]
    if not told:
        told.append("No access rule names them or their groups here, above, or with such a role elsewhere.")
    if explanation.sufficient_roles:
        roles = ", ".join(role.name for role in explanation.sufficient_roles[:5])
        told.append(f"Roles that would allow it in {_sufficient_scope(explanation)}: {roles}.")
    return told


def _sufficient_scope(explanation: Explanation) -> str:
    """Name the scope that a rule would have to be for: the one asked about, unless nothing counts that low."""
    if counts_in(explanation.scope.type, explanation.action, explanation.resource):
        return explanation.scope.name
    return _SCOPE[explanation.lowest]


# "tenant" is the published word; people know it as the account.
_SCOPE = {"tenant": "the whole account", "cluster": "its cluster", "department": "its department"}


def nothing_for(people: int, reason: Unmet, source: str, wanted: str) -> str:
    """For the page of a rule: how many get nothing of it. `source` and `wanted` as in Withheld."""
    who = "One person gets" if people == 1 else f"{people} people get"
    return f"{who} nothing: {_because(reason, source, wanted)}."


def _withheld(missed: Withheld) -> str:
    grant = missed.grant
    rule = f"Rule {grant.rule_id}: {_who(grant)} is {grant.role.name} in {grant.scope.name}"
    return f"{rule}, but it gives them nothing: {_because(missed.reason, missed.source, missed.wanted)}."


def _because(reason: Unmet, source: str, wanted: str) -> str:
    by = _source(source)
    return {
        Unmet.NOBODY: "nobody goes by this name",
        Unmet.UNVERIFIED: "nobody has verified that this address is theirs",
        Unmet.OTHER_SOURCE: f"the rule is for whom {_source(wanted)} names, and these come from {by}",
        Unmet.UNDECLARED: f"{by} may not assert this name",
        Unmet.UNPRIVILEGED: f"the rule can lead to System administrator, and {by} may not make administrators",
    }[reason]


def _source(alias: str) -> str:
    return "this service" if alias in ("", LOCAL) else f"the identity provider {alias}"


def _allowing(step: Step, names: Mapping[str, str]) -> str:
    rule = f"Rule {step.grant.rule_id}: {_who(step.grant)} is {step.grant.role.name} in {step.grant.scope.name}"
    if not step.inherited_through:
        return f"{rule}."
    below = " → ".join(names.get(id_, id_) for id_ in step.inherited_through)
    return f"{rule}, which holds {below}."


def _missing(grant: Grant, why: Miss) -> str:
    rule = f"Rule {grant.rule_id}: {_who(grant)} is {grant.role.name} in {grant.scope.name}"
    if why is Miss.OTHER_SCOPE:
        return f"{rule}: that role would do, but it is another scope."
    if why is Miss.TOO_LOW:
        return f"{rule}: that role would do in a rule for a wider scope, but this one is too narrow."
    return f"{rule}: that is the right scope, but the role does not include it."


def _who(grant: Grant) -> str:
    kind, name = grant.subject
    return {"group": f"the group {name}", "app": f"the application {name}"}.get(kind, name)
