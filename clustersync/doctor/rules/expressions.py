"""What is said in CEL: whether kube-apiserver compiles it, and what it says of a token of ours."""

from collections.abc import Mapping
from typing import Any

from clustersync.doctor.judging import Tried
from clustersync.doctor.rule import EXPRESSIONS, TRIED, Case, Fault, Severity, rule

MADE_OF = {"username": "the user name", "groups": "the groups", "uid": "the uid", "extra": "an extra"}


@rule("cel-invalid", Severity.ERROR, "kube-apiserver can compile every expression", given=EXPRESSIONS)
def cel_invalid(case: Case) -> Fault | None:
    for one in case.tries.which("invalid"):
        why = f"kube-apiserver does not start with it: {one.answer.why}."
        return Fault(one.said, "(mend the expression)", why, one.said.place)
    return None


@rule("cel-refuses", Severity.ERROR, "No expression refuses the token of the person named", given=TRIED)
def cel_refuses(case: Case) -> Fault | None:
    for one in case.tries.which("refuses"):
        if one.whose == _person(case):
            why = f"The token that {one.whose} would get now is refused: {_in_words(one)}."
            return Fault(one.said, "(remove it, or ask for what our tokens say)", why, one.said.place)
    return None


@rule("cel-refuses-others", Severity.WARNING, "No expression refuses applications, or who is in no group", given=TRIED)
def cel_refuses_others(case: Case) -> Fault | None:
    if cel_refuses.check(case):
        return None
    for one in case.tries.which("refuses"):
        why = f"A token of {one.whose} is refused: {_in_words(one)}. Leave it if that is what it is for."
        return Fault(one.said, "(ask has() before a claim that not everybody has)", why, one.said.place)
    return None


@rule("cel-username", Severity.ERROR, "An expression gives the user name that role bindings here have", given=TRIED)
def cel_username(case: Case) -> Fault | None:
    user, said, claims = case.tries.user, case.entry.username_expression, _claims(case)
    expected = f"{case.served.username_prefix}{claims.get(case.served.username_claim, '')}"
    if user is None or said is None or case.entry.username_claim or user.get("username") == expected:
        return None
    why = (
        f"{_person(case)} would be another than {case.served.username_prefix}{case.served.username_claim}. They are let"
        " in under a name that no role binding of ours has, and may nothing."
    )
    return Fault(said, f'claim: "{case.served.username_claim}"', why, said.place)


@rule("cel-groups", Severity.ERROR, "An expression gives the groups that role bindings here have", given=TRIED)
def cel_groups(case: Case) -> Fault | None:
    user, said, groups = case.tries.user, case.entry.groups_expression, _claims(case).get("groups")
    if user is None or said is None or case.entry.groups_claim or not case.served.knows_groups:
        return None
    names = groups if isinstance(groups, list) else []
    if set(user.get("groups", ())) == {f"{case.served.groups_prefix}{name}" for name in names}:
        return None
    why = f"The groups of {_person(case)} would have other names than role bindings here, or be none."
    return Fault(said, f'claim: "{case.served.groups_claim}"', why, said.place)


@rule("cel-not-judged", Severity.WARNING, "Every expression can be judged here", given=EXPRESSIONS)
def cel_not_judged(case: Case) -> Fault | None:
    for one in case.tries.which("not judged"):
        why = f"Whether it lets people in is not judged: {one.answer.why}. Try it with a real token."
        return Fault(one.said, "(see for yourself)", why, one.said.place)
    return None


def _in_words(one: Tried) -> str:
    made = MADE_OF.get(one.use)
    return f"{one.answer.why}, and {made} is made of it" if made else one.answer.why


def _person(case: Case) -> str:
    return case.served.sample.person if case.served.sample else ""


def _claims(case: Case) -> Mapping[str, Any]:
    return case.served.sample.claims if case.served.sample else {}


RULES = (cel_invalid, cel_refuses, cel_refuses_others, cel_username, cel_groups, cel_not_judged)
