"""The TokenReview of authentication.k8s.io, v1 and v1beta1. Pure: the request's JSON in, the answer's JSON out.

Source: Kubernetes API reference, TokenReview; "Webhook Token Authentication" in its authentication page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from clustersync.rbac.subjects import KEPT

VERSIONS = ("authentication.k8s.io/v1", "authentication.k8s.io/v1beta1")

Body = dict[str, Any]


class MalformedTokenReview(Exception):
    """The request is no TokenReview; the text says why."""


@dataclass(frozen=True)
class Review:
    api_version: str
    token: str
    audiences: tuple[str, ...]


@dataclass(frozen=True)
class KubernetesUser:
    """Names as the cluster knows them, prefixes included."""

    username: str
    uid: str
    groups: Sequence[str]
    extra: dict[str, list[str]] = field(default_factory=dict)


def parse(body: object) -> Review:
    if not isinstance(body, dict) or body.get("kind") != "TokenReview" or body.get("apiVersion") not in VERSIONS:
        raise MalformedTokenReview(f"send a TokenReview of {' or '.join(VERSIONS)}")
    spec = body.get("spec")
    token = spec.get("token") if isinstance(spec, dict) else None
    audiences = (spec.get("audiences") or []) if isinstance(spec, dict) else []
    if not isinstance(token, str) or not token:
        raise MalformedTokenReview("spec.token is a string that is not empty")
    if not isinstance(audiences, list) or not all(isinstance(name, str) for name in audiences):
        raise MalformedTokenReview("spec.audiences is a list of strings")
    return Review(body["apiVersion"], token, tuple(audiences))


def authenticated(review: Review, user: KubernetesUser, *, token_audiences: Sequence[str]) -> Body:
    status: Body = {
        "authenticated": True,
        "user": {"username": user.username, "uid": user.uid, "groups": list(user.groups), "extra": user.extra},
    }
    # Without audiences in the answer kube-apiserver takes it as meant for itself, and checks that against what was
    # asked for: who asked on behalf of another audience is refused. So leaving them out never says too much.
    common = [name for name in review.audiences if name in token_audiences]
    if common:
        status["audiences"] = common
    return _answer(review, status)


def refused(review: Review, reason: str) -> Body:
    """With an error text kube-apiserver does not keep the no for minutes, and has something for its log."""
    return _answer(review, {"authenticated": False, "error": reason})


def named(prefix: str, name: str) -> str:
    """Return a name with its prefix, or nothing at all where it would be one that Kubernetes keeps for itself."""
    full = f"{prefix}{name}"
    return "" if not name or full.startswith(KEPT) else full


def _answer(review: Review, status: Body) -> Body:
    return {"apiVersion": review.api_version, "kind": "TokenReview", "status": status}
