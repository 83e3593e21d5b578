"""An explanation of `decisions` in sentences. Pure: values in, words out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from access.assertions import LOCAL, Unmet
from access.catalog import RESOURCE_TYPES
from access.catalog.counting import counts_in
from access.decisions import AllowingRule, Explanation, Miss, RuleRef
from common.wording import Wording


@dataclass(frozen=True)
class Withheld:
    """A rule that names somebody, would allow what is asked, and gives them nothing.

    `source` asserts the name, or the account where that is the reason: an identity provider's alias, empty for this
    service. `wanted` is the rule's own source.
    """

    rule: RuleRef
    reason: Unmet
    source: str
    wanted: str


@dataclass(frozen=True)
class Barred:
    """The reason why a user or application is refused whatever rules allow, and what must happen before rules count."""

    because: str
    once: str


def sentences(
    explanation: Explanation,
    names: Mapping[str, str],
    *,
    unseen: bool = False,
    barred: Barred | None = None,
    withheld: Iterable[Withheld] = (),
) -> list[str]:
    """Return why it is allowed or refused, most telling first.

    `names` gives the scopes' names by id. `unseen`: it is allowed, by rules that are kept from the reader.
    """
    return [*_decided(explanation, names, unseen=unseen, barred=barred), *map(_withheld, withheld)]


def _decided(explanation: Explanation, names: Mapping[str, str], *, unseen: bool, barred: Barred | None) -> list[str]:
    action, what = Wording(explanation.action), RESOURCE_TYPES[explanation.resource].plural
    where = explanation.scope.name
    told = [_allowing(one, names) for one in explanation.allowing]
    if unseen:
        told = ["By access rules of scopes in which you may not read them."]

    if told and barred:
        return [
            Wording(
                "No, they may not {action} {what} in {where}: {because}. {once}, they might:",
                action=action,
                what=what,
                where=where,
                because=barred.because,
                once=barred.once,
            ),
            *told,
        ]
    if told:
        return [Wording("Yes, they may {action} {what} in {where}.", action=action, what=what, where=where), *told]
    also = [Wording("And {because}.", because=barred.because)] if barred else []
    return [
        Wording("No, they may not {action} {what} in {where}.", action=action, what=what, where=where),
        *_refusing(explanation),
        *also,
    ]


def _refusing(explanation: Explanation) -> list[str]:
    told = [_missing(miss.rule, miss.why) for miss in explanation.nearest]
    if explanation.farther:
        told.append(
            Wording("And {farther} more access rules, which don't allow it either.", farther=explanation.farther)
        )
    if not told:
        told.append("No access rule names them or their groups here, above, or with such a role elsewhere.")
    if explanation.sufficient_roles:
        roles = Wording.joined(", ", (role.name for role in explanation.sufficient_roles))
        told.append(
            Wording(
                "Roles that would allow it in {scope}: {roles}.",
                scope=_sufficient_scope(explanation),
                roles=roles,
            )
        )
    return told


def _sufficient_scope(explanation: Explanation) -> str:
    """Name the scope that a rule would have to be for: the one asked about, unless nothing counts that low."""
    if counts_in(explanation.scope.type, explanation.action, explanation.resource):
        return explanation.scope.name
    return _SCOPE[explanation.lowest]


# "tenant" is the published word; people know it as the account.
_SCOPE = {
    "tenant": Wording("the whole account"),
    "cluster": Wording("its cluster"),
    "department": Wording("its department"),
}


def nothing_for(people: int, reason: Unmet, source: str, wanted: str) -> str:
    """For the page of a rule: how many get nothing of it. `source` and `wanted` as in Withheld."""
    because = _because(reason, source, wanted)
    return Wording.counted(
        "One person gets nothing: {because}.", "{number} people get nothing: {because}.", people, because=because
    )


def _withheld(missed: Withheld) -> str:
    return Wording(
        "{rule}, but it gives them nothing: {because}.",
        rule=_in_words(missed.rule),
        because=_because(missed.reason, missed.source, missed.wanted),
    )


def _because(reason: Unmet, source: str, wanted: str) -> str:
    by = _source(source)
    return {
        Unmet.NOBODY: Wording("nobody goes by this name"),
        Unmet.UNVERIFIED: Wording("nobody has verified that this address is theirs"),
        Unmet.OTHER_SOURCE: Wording(
            "the rule is for whom {source} names, and these come from {by}", source=_source(wanted), by=by
        ),
        Unmet.UNDECLARED: Wording("{by} may not assert this name", by=by),
        Unmet.UNPRIVILEGED: Wording(
            "the rule can lead to System administrator, and {by} may not make administrators", by=by
        ),
    }[reason]


def _source(alias: str) -> str:
    return Wording("this service") if alias in ("", LOCAL) else Wording("the identity provider {alias}", alias=alias)


def _allowing(allowing: AllowingRule, names: Mapping[str, str]) -> str:
    if not allowing.inherited_through:
        return f"{_in_words(allowing.rule)}."
    below = " → ".join(names.get(id_, id_) for id_ in allowing.inherited_through)
    return Wording("{rule}, which holds {below}.", rule=_in_words(allowing.rule), below=below)


def _missing(rule: RuleRef, why: Miss) -> str:
    sentence = _in_words(rule)
    if why is Miss.OTHER_SCOPE:
        return Wording("{sentence}: that role would do, but it is another scope.", sentence=sentence)
    if why is Miss.TOO_LOW:
        return Wording(
            "{sentence}: that role would do in a rule for a wider scope, but this one is too narrow.", sentence=sentence
        )
    return Wording("{sentence}: that is the right scope, but the role does not include it.", sentence=sentence)


def _in_words(rule: RuleRef) -> str:
    kind, name = rule.subject
    who = {"group": Wording("the group {name}", name=name), "app": Wording("the application {name}", name=name)}.get(
        kind, name
    )
    return Wording(
        "Rule {id}: {who} is {role} in {scope}", id=rule.id, who=who, role=rule.role.name, scope=rule.scope.name
    )
