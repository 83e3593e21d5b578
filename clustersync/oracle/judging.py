from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clustersync.oracle.steps import STEPS, Case, Refusal
from clustersync.oracle.told import Told
from clustersync.tokenreview import KubernetesUser

NOT_ASKED = "it asks no further"


@dataclass(frozen=True)
class Outcome:
    """`answer` is "ok", "error" or "not checked"."""

    rule: str
    title: str
    answer: str
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """`user` is None where the token is refused. `ends_at` in seconds since the epoch, of a token that is accepted."""

    outcomes: Sequence[Outcome]
    user: KubernetesUser | None = None
    ends_at: int = 0


def judge(token: str, *, told: Told, keys: Sequence[Mapping[str, Any]], now: float) -> Verdict:
    """`keys` are the JWKs that it holds, and `now` its clock, in seconds since the epoch."""
    case = Case(token, told, keys, now)
    outcomes: list[Outcome] = []
    refused = False
    for step in (step for step in STEPS if step.applies(told)):
        if refused:
            outcomes.append(Outcome(step.rule, step.title, "not checked", NOT_ASKED))
            continue
        try:
            step.check(case)
        except Refusal as refusal:
            refused = True
            outcomes.append(Outcome(step.rule, step.title, "error", str(refusal)))
        else:
            outcomes.append(Outcome(step.rule, step.title, "ok"))
    if refused:
        return Verdict(outcomes)
    return Verdict(outcomes, KubernetesUser(case.username, case.uid, case.groups, case.extra), case.ends_at)
