"""Check CEL expressions: whether kube-apiserver compiles them, and what they say of a token of ours."""

from collections.abc import Mapping
from typing import Any

from clustersync.doctor.judging import Tried
from clustersync.doctor.rule import EXPRESSIONS, TRIED, Evidence, Fault, Severity, rule
from common.wording import Wording

MADE_OF = {
    "username": Wording("the user name"),
    "groups": Wording("the groups"),
    "uid": Wording("the uid"),
    "extra": Wording("an extra"),
}


@rule("cel-invalid", Severity.ERROR, "kube-apiserver can compile every expression", given=EXPRESSIONS)
def cel_invalid(evidence: Evidence) -> Fault | None:
    for one in evidence.tries.which("invalid"):
        why = Wording("kube-apiserver does not start with it: {why}.", why=Wording.of(one.answer.why))
        return Fault(one.setting, "(mend the expression)", why, one.setting.place)
    return None


@rule("cel-refuses", Severity.ERROR, "No expression refuses the token of the person named", given=TRIED)
def cel_refuses(evidence: Evidence) -> Fault | None:
    for one in evidence.tries.which("refuses"):
        if one.whose == _person(evidence):
            why = Wording(
                "The token that {whose} would get now is refused: {why}.", whose=one.whose, why=_in_words(one)
            )
            return Fault(one.setting, "(remove it, or ask for what our tokens say)", why, one.setting.place)
    return None


@rule("cel-refuses-others", Severity.WARNING, "No expression refuses applications, or who is in no group", given=TRIED)
def cel_refuses_others(evidence: Evidence) -> Fault | None:
    if cel_refuses.check(evidence):
        return None
    for one in evidence.tries.which("refuses"):
        why = Wording(
            "A token of {whose} is refused: {why}. Leave it if that is what it is for.",
            whose=one.whose,
            why=_in_words(one),
        )
        return Fault(one.setting, "(ask has() before a claim that not everybody has)", why, one.setting.place)
    return None


@rule("cel-username", Severity.ERROR, "An expression gives the user name that role bindings here have", given=TRIED)
def cel_username(evidence: Evidence) -> Fault | None:
    user, setting, claims = evidence.tries.user, evidence.entry.username_expression, _claims(evidence)
    prefix, claim = evidence.served.username_prefix, evidence.served.username_claim
    expected = f"{prefix}{claims.get(claim, '')}"
    if user is None or setting is None or evidence.entry.username_claim or user.get("username") == expected:
        return None
    why = Wording(
        "{person} would be another than {prefix}{claim}. They are let in under a name that "
        "no role binding of ours has, and may nothing.",
        person=_person(evidence),
        prefix=prefix,
        claim=claim,
    )
    return Fault(setting, f'claim: "{claim}"', why, setting.place)


@rule("cel-groups", Severity.ERROR, "An expression gives the groups that role bindings here have", given=TRIED)
def cel_groups(evidence: Evidence) -> Fault | None:
    user, setting, groups = evidence.tries.user, evidence.entry.groups_expression, _claims(evidence).get("groups")
    if user is None or setting is None or evidence.entry.groups_claim or not evidence.served.knows_groups:
        return None
    names = groups if isinstance(groups, list) else []
    if set(user.get("groups", ())) == {f"{evidence.served.groups_prefix}{name}" for name in names}:
        return None
    why = Wording(
        "The groups of {person} would have other names than role bindings here, or be none.", person=_person(evidence)
    )
    return Fault(setting, f'claim: "{evidence.served.groups_claim}"', why, setting.place)


@rule("cel-not-judged", Severity.WARNING, "Every expression can be judged here", given=EXPRESSIONS)
def cel_not_judged(evidence: Evidence) -> Fault | None:
    for one in evidence.tries.which("not judged"):
        why = Wording(
            "Whether it lets people in is not judged: {why}. Try it with a real token.", why=Wording.of(one.answer.why)
        )
        return Fault(one.setting, "(see for yourself)", why, one.setting.place)
    return None


def _in_words(one: Tried) -> str:
    made = MADE_OF.get(one.use)
    return (
        Wording("{why}, and {made} is made of it", why=Wording.of(one.answer.why), made=made)
        if made
        else Wording.of(one.answer.why)
    )


def _person(evidence: Evidence) -> str:
    return evidence.served.sample.person if evidence.served.sample else ""


def _claims(evidence: Evidence) -> Mapping[str, Any]:
    return evidence.served.sample.claims if evidence.served.sample else {}


RULES = (cel_invalid, cel_refuses, cel_refuses_others, cel_username, cel_groups, cel_not_judged)
