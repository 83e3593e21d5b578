"""The configuration that we serve for a cluster, and what somebody measured of it from where they stand."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

VERSION = re.compile(r"\s*v?(\d{1,2})\.(\d{1,3})")

# Claims that tokens for clusters may carry; of those that are no text kube-apiserver makes no user name.
TEXT_CLAIMS = frozenset(
    {
        "iss",
        "sub",
        "jti",
        "sid",
        "client_id",
        "azp",
        "scope",
        "email",
        "preferred_username",
        "name",
        "uid",
        "gid",
        "grant_id",
        "application_id",
    }
)
OTHER_CLAIMS = frozenset(
    {"aud", "exp", "iat", "nbf", "email_verified", "groups", "tenant_id", "supplementary_groups", "auth_time", "amr"}
)


@dataclass(frozen=True)
class PublishedKey:
    """One that is published; `state` is next, active or retiring."""

    kid: str
    state: str
    algorithm: str
    signs_at: datetime | None = None


@dataclass(frozen=True)
class Sample:
    """The claims of a token for this cluster, as it would be issued to somebody now; `person` may be a description.

    `is_senders`: what was withheld of the paste stands in none of its claims, since the sender has such a token.
    `left_out` names the groups of theirs for which the token has no room, as far as the one who asks may know.
    """

    person: str
    claims: Mapping[str, object] = field(repr=False)
    is_senders: bool = False
    left_out: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Served:
    """Prefixes are what names get in this cluster, "" for none. `authority` is PEM, "" where a public CA signed.

    `oidc_client_id` is the one audience that flags name: the shared one with the platform's flags.
    `webhook_digests` are of the webhook tokens that are good (SHA-256), None where who asks is not told;
    `webhook_works` says that one was shown lately, and nothing refused since.
    """

    origin: str
    issuer: str
    cluster: str
    uuid: str
    audience: str
    oidc_client_id: str
    shared_audience: str
    api_audience: str
    accepts_shared_audience: bool
    mode: Literal["oidc", "webhook", "both"]
    username_claim: str
    username_prefix: str
    groups_claim: str
    groups_prefix: str
    webhook_cache_seconds: int
    token_seconds: int
    client_id: str
    api_url: str = ""
    discovery_url: str = ""
    authority: str = ""
    other_audiences: Mapping[str, str] = field(default_factory=dict)
    other_uuids: Mapping[str, str] = field(default_factory=dict)
    algorithms: Collection[str] = ("RS256", "ES256")
    keys: Sequence[PublishedKey] = ()
    max_age: int = 300
    published_for: int = 24 * 3600
    fetched_kids: Sequence[str] | None = None
    fetched_at: datetime | None = None
    longest_token: int | None = None
    webhook_digests: Collection[str] | None = None
    webhook_works: bool = False
    enabled: bool = True
    samples: Sequence[Sample] = ()

    @property
    def sample(self) -> Sample | None:
        """Return the sample of the person who was named; the others are of kinds of people."""
        return self.samples[0] if self.samples else None

    @property
    def webhook_url(self) -> str:
        return f"{self.origin}/api/v1/clusters/{self.uuid}/tokenreview"

    @property
    def knows_groups(self) -> bool:
        return bool(self.groups_claim)


@dataclass(frozen=True, kw_only=True)
class Observed:
    """None is not measured. `milliseconds` are medians; `skew` is how many seconds our clock is ahead of theirs."""

    version: tuple[int, int] | None = None
    failure: Literal["", "tls", "unreachable"] | None = None
    why: str = ""
    status: int | None = None
    redirected_to: str = ""
    is_json: bool | None = None
    issuer: str | None = None
    kids: Sequence[str] | None = None
    key_types: Sequence[str] | None = None
    max_age: int | None = None
    has_max_age: bool | None = None
    skew: float | None = None
    webhook_milliseconds: float | None = None
    token_bytes: int | None = None
    kubectl: tuple[int, int] | None = None

    def of_version(self, text: str) -> "Observed":
        """With the version of Kubernetes as people write it, v1.34.2; unchanged when it is none."""
        return replace(self, version=minor_of(text) or self.version)


def minor_of(version: str) -> tuple[int, int] | None:
    """(1, 34) of v1.34.2; None when it is no version."""
    match = VERSION.match(version)
    return (int(match[1]), int(match[2])) if match else None
