"""Port: the cluster that has an audience.

A token has exactly one audience: the control plane's API, a cluster, or a client. A token for a cluster with the
platform's flags also names the shared audience, beside the cluster's own. Its API server looks for the shared one;
every endpoint of ours goes by the cluster's own, so that nobody else can use the token.

Wired by the setting TOKENS_AUDIENCES, the dotted path to a function of this shape
(`clustersync.adapters.audiences.cluster_of`).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

from access.models import Scope
from accounts.names import KEPT_BY_KUBERNETES
from common.errors import Unauthenticated


class ClusterAudience(NamedTuple):
    """A cluster's wishes for tokens; without a `lifetime` they live as long as the server says.

    `shared` says that its API server looks for the audience which clusters share.
    """

    audience: str
    scope: Scope
    enabled: bool
    lifetime: timedelta | None = None
    extra_groups: frozenset[str] = frozenset()
    shared: bool = False

    @property
    def aud(self) -> str | list[str]:
        """The claim `aud` of a token for it (RFC 7519 §4.1.3)."""
        return [self.audience, settings.SHARED_AUDIENCE] if self.shared else self.audience

    def told_of(self, groups: Collection[str], *, named: Collection[str]) -> list[str]:
        """Return those of somebody's groups that the cluster is told of: `named` by access rules, or by itself."""
        matter = {*named, *self.extra_groups}
        return sorted(name for name in groups if name in matter and not name.startswith(KEPT_BY_KUBERNETES))


@dataclass(frozen=True)
class Target:
    """The audience of an access token: the control plane's API, a cluster, or the client itself."""

    audience: str
    cluster: ClusterAudience | None = None

    @property
    def aud(self) -> str | list[str]:
        return self.cluster.aud if self.cluster else self.audience

    def is_named_by(self, audiences: Collection[str]) -> bool:
        """Return True if a token with these audiences is for this target and for no other."""
        beside = {settings.SHARED_AUDIENCE} if self.cluster else set()
        return set(audiences) - beside == {self.audience}


def cluster_of(audience: str) -> ClusterAudience | None:
    """Return the cluster that accepts this audience; None when there is none."""
    found: ClusterAudience | None = import_string(settings.TOKENS_AUDIENCES)(audience)
    return found


def new_cluster_audience(name: str, cluster_id: str) -> str:
    """With a part of the id, so that a later cluster of the same name never accepts this one's tokens."""
    return f"{settings.SHARED_AUDIENCE}-{name}-{cluster_id[:8]}"


def is_like_a_clusters(name: str) -> bool:
    """Return True for what is, or may become, the audience of a cluster."""
    return name == settings.SHARED_AUDIENCE or bool(re.fullmatch(f"{settings.SHARED_AUDIENCE}-.+-[0-9a-f]{{8}}", name))


def api() -> Target:
    return Target(settings.API_AUDIENCE)


def target_named(audiences: Collection[str], *, client_id: str) -> Target:
    """Resolve whom an access token of this client is for; Unauthenticated `wrong_audience` if for nobody we know."""
    # A client may be named like the audience that clusters share: what is for those is not for it.
    own = {settings.API_AUDIENCE, client_id} - {settings.SHARED_AUDIENCE}
    clusters = filter(None, (cluster_of(audience) for audience in set(audiences) - own))
    targets = [*(Target(audience) for audience in own), *(Target(one.audience, one) for one in clusters)]
    for target in targets:
        if target.is_named_by(audiences):
            return target
    raise wrong_audience()


def wrong_audience() -> Unauthenticated:
    return Unauthenticated("wrong_audience", "The access token is for somebody else: its audience is not this.")
