"""Review a bearer token: whether a cluster's API server may believe it, and as whom."""

from accounts.models import User
from clustersync import tokenreview
from clustersync.models import Cluster, UsernameClaim
from clustersync.services.tokens import PREFIX, verify_token
from clustersync.tokenreview import Body, KubernetesUser, Review
from common.errors import Unauthenticated
from tokens.claims import service_account
from tokens.jwt import audiences_of
from tokens.models import Application
from tokens.ports.audiences import Target
from tokens.services.verify import Verified, verify_access_token

REASON_FOR = {
    "invalid_token": "the token is not valid, or no longer",
    "wrong_audience": "the token is for another audience than this cluster's",
    "no_rule_reaches_cluster": "no access rule gives its owner anything in this cluster",
    "cluster_disabled": "this cluster is disabled",
    "cluster_asks_nobody": "this cluster is set to verify tokens by itself, and opaque tokens are for those that ask",
}


def review_token(cluster: Cluster, review: Review) -> Body:
    try:
        verified = verify(cluster, review.token)
    except Unauthenticated as refusal:
        return tokenreview.refused(
            review, REASON_FOR.get(refusal.code, "its owner's access was withdrawn or has ended")
        )

    user = kubernetes_user(cluster, verified)
    if not user.username:
        return tokenreview.refused(review, "its owner's name is one that Kubernetes keeps for itself")
    return tokenreview.authenticated(review, user, token_audiences=audiences_of(verified.claims))


def verify(cluster: Cluster, token: str) -> Verified:
    """Unauthenticated unless the cluster may believe the token, a JWT or an opaque one."""
    if token.startswith(PREFIX):
        return verify_token(token, cluster=cluster)
    return verify_access_token(token, target=Target(cluster.audience, cluster.as_audience()))


def kubernetes_user(cluster: Cluster, verified: Verified) -> KubernetesUser:
    """Names as they are now, rather than when the token was issued; of groups those that matter in this cluster."""
    principal = verified.principal
    extra = {"authentication.kubernetes.io/credential-id": [f"JTI={verified.claims['jti']}"]}
    if verified.session is not None:
        extra["runai-identity/session-id"] = [str(verified.session.pk)]
    return KubernetesUser(
        username=_username(principal, cluster),
        uid=str(principal.pk),
        groups=_groups(verified.groups, cluster),
        extra=extra,
    )


def _username(principal: User | Application, cluster: Cluster) -> str:
    """Return the value of the claim that the cluster is configured to read, so that OIDC and webhook agree."""
    if cluster.legacy_flags:
        # What the platform's three flags give: the claim `sub` as it is.
        return tokenreview.named("", _sub(principal))
    by_name = cluster.username_claim == UsernameClaim.PREFERRED_USERNAME
    return tokenreview.named(cluster.username_prefix, _preferred(principal) if by_name else _sub(principal))


def _groups(groups: list[str], cluster: Cluster) -> list[str]:
    if cluster.legacy_flags:
        return []
    return [full for group in groups if (full := tokenreview.named(cluster.groups_prefix, group))]


def _preferred(principal: User | Application) -> str:
    return principal.email if isinstance(principal, User) else principal.username


def _sub(principal: User | Application) -> str:
    return str(principal.pk) if isinstance(principal, User) else service_account(principal.client_id)
