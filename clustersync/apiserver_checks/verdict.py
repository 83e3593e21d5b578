from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clustersync.apiserver_checks.authenticator import AuthenticatorSettings
from clustersync.apiserver_checks.checks import CHECKS
from clustersync.apiserver_checks.state import CheckFailed, CheckState
from clustersync.tokenreview import KubernetesUser
from common.wording import Wording

NOT_ASKED = Wording("it asks no further")


@dataclass(frozen=True)
class CheckResult:
    """`answer` is "ok", "error" or "not checked"."""

    rule: str
    title: str
    answer: str
    reason: str = ""


@dataclass(frozen=True)
class APIServerVerdict:
    """`user` is None where the token is refused. `ends_at` in seconds since the epoch, of a token that is accepted."""

    results: Sequence[CheckResult]
    user: KubernetesUser | None = None
    ends_at: int = 0


def judge(
    token: str, *, authenticator: AuthenticatorSettings, keys: Sequence[Mapping[str, Any]], now: float
) -> APIServerVerdict:
    """`keys` are the JWKs that it holds, and `now` its clock, in seconds since the epoch."""
    state = CheckState(token, authenticator, keys, now)
    results: list[CheckResult] = []
    refused = False
    for check in (check for check in CHECKS if check.applies(authenticator)):
        if refused:
            results.append(CheckResult(check.rule, Wording(check.title), "not checked", NOT_ASKED))
            continue
        try:
            check.run(state)
        except CheckFailed as failure:
            refused = True
            results.append(CheckResult(check.rule, Wording(check.title), "error", Wording.of(str(failure))))
        else:
            results.append(CheckResult(check.rule, Wording(check.title), "ok"))
    if refused:
        return APIServerVerdict(results)
    return APIServerVerdict(
        results, KubernetesUser(state.username, state.uid, state.groups, state.extra), state.ends_at
    )
