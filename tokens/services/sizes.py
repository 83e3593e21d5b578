"""Tokens for clusters, kept to what carries them there."""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

import audit.services as audit
from accounts.models import Session
from tokens.audiences import ClusterAudience
from tokens.budget import Fit, fit, predicted_bytes
from tokens.claims import Claims

LEFT_OUT = "token:groups:leave-out"
SAID_EVERY = timedelta(hours=1)


def keep_to_budget(
    claims: Claims, *, session: Session, groups: Sequence[str], cluster: ClusterAudience, algorithm: str
) -> Claims:
    """All of the groups or none: with a part of them somebody's access would hang on the alphabet.

    A cluster that asks us is told of all of them all the same.
    """
    if not groups:
        return claims
    whole = {**claims, "groups": groups}
    size = predicted_bytes(whole, issuer=settings.ISSUER, audience=cluster.aud, algorithm=algorithm)
    if fit(size, groups=len(groups)) is not Fit.TOO_LARGE:
        return claims
    _say_so(session, cluster, len(groups), size)
    return {name: value for name, value in claims.items() if name != "groups"}


def _say_so(session: Session, cluster: ClusterAudience, count: int, size: int) -> None:
    """Once an hour for each session, rather than with every token that it gets."""
    since, cluster_id = timezone.now() - SAID_EVERY, cluster.scope.pk
    if audit.was_recorded(LEFT_OUT, target=session, since=since, cluster_id=cluster_id):
        return
    audit.record(
        LEFT_OUT, actor=session.user, target=session, cluster_id=cluster_id,
        cluster=cluster.scope.name, count=count, bytes=size,
    )  # fmt: skip
