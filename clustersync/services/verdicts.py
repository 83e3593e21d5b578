"""Tell what a cluster's kube-apiserver would make of a token now: by itself, by asking us, or by both in its order.

The token is neither kept nor logged, and asking leaves no trace on it.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clustersync.apiserver import AuthenticationForm, ClusterFacts
from clustersync.apiserver_checks import APIServerVerdict, CheckResult, judge, settings_from
from clustersync.bounds import SUCCESS_CACHE_SECONDS, in_words
from clustersync.models import Cluster
from clustersync.services.bounds import bound_of
from clustersync.services.configuration import facts_of
from clustersync.services.own import reads, require_own
from clustersync.services.review import kubernetes_user, verify
from clustersync.tokenreview import KubernetesUser
from common.actors import Actor
from common.bookkeeping import rehearsal
from common.errors import Unauthenticated
from common.wording import Wording
from tokens import keyring
from tokens.budget import BUDGET, MOST_GROUPS
from tokens.services.keys import longest_token_life
from tokens.services.verify import Verified

LONGEST_TOKEN = 64 * 1024
MOST_NAMED = 20
ASKED_RULE = "asked-"

# What we look at when we are asked, in this order: rule, title, and in words what each code of a refusal means.
ASKED: Sequence[tuple[str, str, dict[str, str]]] = (
    (
        "asked-token",
        "It is a token of ours and has not ended",
        {
            "invalid_token": "it is no access token of ours, or it has ended or was revoked",
        },
    ),
    (
        "asked-audience",
        "It is for this cluster",
        {
            "wrong_audience": "it is for another audience",
            "cluster_asks_nobody": "opaque tokens are for clusters that ask us",
        },
    ),
    (
        "asked-grant",
        "The sign-in or application that it came from still stands",
        {
            "grant_missing": "the sign-in that it came from is gone",
            "grant_revoked": "the sign-in that it came from was ended: signed out, revoked, or its owner disabled",
            "application_missing": "its application was deleted",
            "application_disabled": "its application is disabled",
            "unauthorized_client": "its application may not use the way by which it was got any more",
            "audience_taken": "its application may not ask for tokens for this cluster any more",
            "audience_not_granted": "the sign-in that it came from is for something else alone",
        },
    ),
    (
        "asked-session",
        "Its session goes on",
        {
            "session_missing": "its session is gone",
            "session_revoked": "its session was ended: signed out, revoked, or its owner disabled",
            "session_over": "its session has reached its longest life",
            "session_idle": "its session was idle for too long",
            "second_factor_missing": "it was signed in by password alone, and its owner has a second factor",
            "second_factor_due": "its owner has to add a second factor first, and the days of grace are over",
            "provider_disabled": "the identity provider that signed them in is disabled",
            "provider_exceeded": "the identity provider that signed them in may not give what this account has",
        },
    ),
    (
        "asked-owner",
        "Its owner may sign in",
        {
            "user_disabled": "they are disabled",
            "must_change_password": "they have a temporary password, and must choose one of their own first",
        },
    ),
    ("asked-cluster", "This cluster is enabled", {"cluster_disabled": "it is disabled here"}),
    (
        "asked-rule",
        "An access rule gives its owner access here",
        {
            "no_rule_reaches_cluster": "none does, in this cluster or below it",
        },
    ),
    (
        "asked-name",
        "Its user is none of Kubernetes' own",
        {
            "system_name": "the name begins with system:, which Kubernetes keeps for itself",
        },
    ),
)


@dataclass(frozen=True)
class TokenVerdict:
    """`accepted_for` in seconds from now, the API server's caches included; None where it is refused."""

    outcomes: Sequence[CheckResult]
    user: KubernetesUser | None
    accepted_for: int | None

    @property
    def verdict(self) -> str:
        return "accepted" if self.user else "refused"

    @property
    def by_itself(self) -> list[CheckResult]:
        return [outcome for outcome in self._rules() if not outcome.rule.startswith(ASKED_RULE)]

    @property
    def by_asking(self) -> list[CheckResult]:
        return [outcome for outcome in self._rules() if outcome.rule.startswith(ASKED_RULE)]

    @property
    def remarks(self) -> list[CheckResult]:
        return [outcome for outcome in self.outcomes if outcome.answer in ("note", "warning")]

    @property
    def refusal(self) -> CheckResult | None:
        """Return what to look at: that it is no JWT of ours says little where we are asked next."""
        refusals = [outcome for outcome in self.outcomes if outcome.answer == "error"]
        telling = [outcome for outcome in refusals if outcome.rule != "issuer"]
        return next(iter([*telling, *refusals]), None)

    def _rules(self) -> list[CheckResult]:
        return [outcome for outcome in self.outcomes if outcome not in self.remarks]


def verdict(*, actor: Actor, cluster: Cluster, token: str, form: AuthenticationForm | None = None) -> TokenVerdict:
    """`form` is how the cluster was told to verify by itself; by default what suits it.

    For who may read the cluster, and for people about their own tokens; Forbidden `not_your_token` about others'.
    """
    token = token.strip()
    if not reads(actor, cluster):
        require_own(actor, token)
    facts = facts_of(cluster)
    alone = _alone(facts, form or facts.usual_form, token) if facts.verifies_by_itself else None
    if alone is not None and alone.user is not None:
        return _by_itself(cluster, facts, token, alone, alone.user)

    said = list(alone.results) if alone else []
    if not facts.asks_us:
        return TokenVerdict(said, None, None)
    return _by_asking(cluster, facts, token, said)


def _alone(facts: ClusterFacts, form: AuthenticationForm, token: str) -> APIServerVerdict:
    return judge(token, authenticator=settings_from(facts, form), keys=keyring.published()["keys"], now=time.time())


def _by_itself(
    cluster: Cluster, facts: ClusterFacts, token: str, alone: APIServerVerdict, believed: KubernetesUser
) -> TokenVerdict:
    """It asks nobody, whatever we would say."""
    left = max(0, int(alone.ends_at - time.time()))
    seconds = left + SUCCESS_CACHE_SECONDS
    why = Wording(
        "the token ends in {time}, and the API server keeps a yes for {kept} s",
        time=in_words(left),
        kept=SUCCESS_CACHE_SECONDS,
    )
    outcomes = [*alone.results, _lasting(seconds, why), *_withdrawn(cluster, token, seconds, believed)]
    if facts.asks_us:
        outcomes += [
            CheckResult(
                rule, Wording(title), "not checked", Wording("we are not asked about a token that is good by itself")
            )
            for rule, title, _ in ASKED
        ]
    return TokenVerdict(outcomes, believed, seconds)


def _withdrawn(cluster: Cluster, token: str, seconds: int, believed: KubernetesUser) -> Iterator[CheckResult]:
    """Return what verifying alone can't see."""
    asked = _ask(cluster, token)
    if not isinstance(asked, str):
        yield from _left_out(kubernetes_user(cluster, asked), believed)
        return
    _, reason = _explained(asked)
    yield CheckResult(
        "withdrawn",
        Wording("we would refuse it"),
        "warning",
        Wording(
            "{reason}. The API server does not ask us, and lets it in for {time} more",
            reason=reason,
            time=in_words(seconds),
        ),
    )


def _left_out(now: KubernetesUser, believed: KubernetesUser) -> Iterator[CheckResult]:
    """Groups that give its owner something here and that the API server does not see in the token."""
    if missing := sorted(set(now.groups) - set(believed.groups)):
        more = Wording(" and {more} more", more=len(missing) - MOST_NAMED) if len(missing) > MOST_NAMED else ""
        yield CheckResult(
            "groups-left-out",
            Wording("it names not all groups of its owner"),
            "warning",
            Wording(
                "it does not name {missing}{more}: access by rules for these does not work there. A "
                "token may have {budget} bytes and {most} groups, and names those that give "
                "most; or it was made before they were in these groups",
                missing=", ".join(missing[:MOST_NAMED]),
                more=more,
                budget=BUDGET,
                most=MOST_GROUPS,
            ),
        )


def _by_asking(cluster: Cluster, facts: ClusterFacts, token: str, said: list[CheckResult]) -> TokenVerdict:
    asked = _ask(cluster, token)
    if isinstance(asked, str):
        return TokenVerdict([*said, *_until(*_in_detail(facts, token, asked))], None, None)
    user = kubernetes_user(cluster, asked)
    if not user.username:
        return TokenVerdict([*said, *_until(*_explained("system_name"))], None, None)

    left = max(0, int(_ends_at(asked) - time.time()))
    seconds = left + facts.cache_seconds + SUCCESS_CACHE_SECONDS
    bound = in_words(bound_of(cluster, shared_live=longest_token_life()))
    why = Wording(
        "the token ends in {time}, and the API server keeps our answer for "
        "{cache_seconds} s and a yes for {kept} s. Withdrawn before, it is "
        "refused within {bound}",
        time=in_words(left),
        cache_seconds=facts.cache_seconds,
        kept=SUCCESS_CACHE_SECONDS,
        bound=bound,
    )
    return TokenVerdict([*said, *_until(), _lasting(seconds, why)], user, seconds)


def _ask(cluster: Cluster, token: str) -> Verified | str:
    """Return whom we would take it for, or the code of our refusal; and as if nobody had asked."""
    with rehearsal():
        try:
            return verify(cluster, token)
        except Unauthenticated as refusal:
            return refusal.code


def _until(refusing: str = "", reason: str = "") -> Iterator[CheckResult]:
    """Every rule up to the one that refuses; without one all of them are well."""
    refused = False
    for rule, title, _ in ASKED:
        if refused:
            yield CheckResult(rule, Wording(title), "not checked", Wording("we look no further"))
        elif rule == refusing:
            refused = True
            yield CheckResult(rule, Wording(title), "error", Wording.of(reason))
        else:
            yield CheckResult(rule, Wording(title), "ok")


def _in_detail(facts: ClusterFacts, token: str, code: str) -> tuple[str, str]:
    """Say no more of a token that we don't know; where it looks like one of ours, an API server's checks do."""
    rule, reason = _explained(code)
    if code != "invalid_token":
        return rule, reason
    found = (
        outcome for outcome in _alone(facts, AuthenticationForm.STRUCTURED, token).results if outcome.answer == "error"
    )
    return rule, next((outcome.reason for outcome in found if outcome.rule != "issuer"), reason)


def _explained(code: str) -> tuple[str, str]:
    """Return the rule that refuses by this code, and in words why."""
    for rule, _, reasons in ASKED:
        if code in reasons:
            return rule, Wording(reasons[code])
    return ASKED[0][0], Wording("its owner's access was withdrawn or has ended")


def _lasting(seconds: int, why: str) -> CheckResult:
    return CheckResult("lasting", Wording("It is accepted for {time} more", time=in_words(seconds)), "note", why)


def _ends_at(verified: Verified) -> float:
    """Return when a token ends (Unix time): by its `exp`, or an opaque one with its session."""
    session, claims = verified.session, verified.claims
    return session.expires_at.timestamp() if session and "exp" not in claims else float(str(claims["exp"]))
