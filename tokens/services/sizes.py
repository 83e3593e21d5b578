"""Tokens for clusters, kept to what carries them there."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

import audit.services as audit
from access.services.weight import weightiest_first
from accounts.models import Session
from tokens.budget import Fit, fit, predicted_bytes
from tokens.claims import Claims
from tokens.ports.audiences import ClusterAudience

LEFT_OUT = "token:groups:leave-out"
MOST_NAMED = 20
SAID_EVERY = timedelta(hours=1)


def keep_to_budget(
    claims: Claims, *, session: Session, groups: Sequence[str], cluster: ClusterAudience, algorithm: str
) -> tuple[Claims, list[str]]:
    """Keep to the budget as `within_budget` does, and record what is left out.

    A cluster that asks us is told of all of them all the same.
    """
    kept, left_out = within_budget(claims, groups=groups, cluster=cluster, algorithm=algorithm)
    if left_out:
        size = _size(claims, groups, cluster, algorithm)
        _say_so(session, cluster, left_out, len(groups), size)
    return kept, left_out


def within_budget(
    claims: Claims, *, groups: Sequence[str], cluster: ClusterAudience, algorithm: str
) -> tuple[Claims, list[str]]:
    """Return as many groups as fit, those first that matter most in the cluster (`weightiest_first`); and the rest."""

    def fits(names: Sequence[str]) -> bool:
        return fit(_size(claims, names, cluster, algorithm), groups=len(names)) is not Fit.TOO_LARGE

    if not groups or fits(groups):
        return claims, []
    ranked = weightiest_first(groups, at=cluster.scope)
    many = bisect_left(range(1, len(ranked) + 1), True, key=lambda count: not fits(ranked[:count]))
    kept = {"groups": sorted(ranked[:many])} if many else {}
    return {**{name: value for name, value in claims.items() if name != "groups"}, **kept}, ranked[many:]


def _size(claims: Claims, groups: Sequence[str], cluster: ClusterAudience, algorithm: str) -> int:
    whole = {**claims, "groups": groups}
    return predicted_bytes(whole, issuer=settings.ISSUER, audience=cluster.aud, algorithm=algorithm)


def _say_so(session: Session, cluster: ClusterAudience, left_out: Sequence[str], count: int, size: int) -> None:
    """Once an hour for each session, rather than with every token that it gets."""
    since, cluster_id = timezone.now() - SAID_EVERY, cluster.scope.pk
    if audit.was_recorded(LEFT_OUT, target=session, since=since, cluster_id=cluster_id):
        return
    audit.record(
        LEFT_OUT,
        actor=session.user,
        target=session,
        cluster_id=cluster_id,
        cluster=cluster.scope.name,
        count=count,
        bytes=size,
        left_out=len(left_out),
        first_left_out=list(left_out[:MOST_NAMED]),
    )
