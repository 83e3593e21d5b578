"""An explanation of `decisions` in sentences. Pure: values in, words out."""

from collections.abc import Mapping

from access.catalog import RESOURCE_TYPES
from access.decisions import Explanation, Grant, Miss, Step


def sentences(
    explanation: Explanation, names: Mapping[str, str], *, unseen: bool = False, disabled: bool = False
) -> list[str]:
    """Why it is allowed or refused, most telling first.

    `names` gives the scopes' names by id. `unseen`: it is allowed, by rules that are kept from the reader. `disabled`:
    whatever rules allow, this user is refused.
    """
    what = f"{explanation.action} {RESOURCE_TYPES[explanation.resource].display_name.lower()}"
    where = explanation.scope.name
    told = [_allowing(step, names) for step in explanation.chain]
    if unseen:
        told = ["By access rules of scopes in which you may not read them."]

    if told and disabled:
        return [f"No, they may not {what} in {where}: the user is disabled. Enabled, they might:", *told]
    if told:
        return [f"Yes, they may {what} in {where}.", *told]
    return [f"No, they may not {what} in {where}.", *_refusing(explanation)]


def _refusing(explanation: Explanation) -> list[str]:
    told = [_missing(miss.grant, miss.why) for miss in explanation.nearest]
    if not told:
        told.append("No access rule names them or their groups here, above, or with such a role elsewhere.")
    if explanation.sufficient_roles:
        roles = ", ".join(role.name for role in explanation.sufficient_roles[:5])
        told.append(f"Roles that would allow it in {explanation.scope.name}: {roles}.")
    return told


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
    return f"{rule}: that is the right scope, but the role does not include it."


def _who(grant: Grant) -> str:
    kind, name = grant.subject
    return {"group": f"the group {name}", "app": f"the application {name}"}.get(kind, name)
