from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

# A folder of its own: API servers in pods are given it as a volume, and then see a file that was replaced in it.
FOLDER = "/etc/kubernetes/runai-identity"

GROUPS_CLAIM = "groups"
SESSION_KEY = "runai-identity/session-id"


class AuthenticationForm(StrEnum):
    """The way in which an API server is told to verify tokens by itself. It refuses to start with both."""

    STRUCTURED = "structured"
    FLAGS = "flags"


class KnownBy(NamedTuple):
    claim: str
    prefix: str


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """`audiences` has the cluster's own first; with `legacy` the shared one is the last.

    `mode` is "oidc", "webhook" or "both". `public_ca` signed our own certificate, and `api_ca` that of the API server:
    PEM, empty where a public CA did. Without a `discovery_url` keys are found by way of the issuer.
    """

    issuer: str
    origin: str
    uuid: str
    name: str
    audiences: Sequence[str]
    client_id: str
    username_claim: str
    username_prefix: str
    groups_prefix: str
    mode: str = "both"
    cache_seconds: int = 30
    token_seconds: int = 600
    legacy: bool = False
    public_ca: str = ""
    api_url: str = ""
    api_ca: str = ""
    discovery_url: str = ""

    @property
    def audience(self) -> str:
        """The cluster's own: what people's tools ask a token for."""
        return self.audiences[0]

    @property
    def oidc_client_id(self) -> str:
        """The one audience for which flags have room."""
        return self.audiences[-1] if self.legacy else self.audience

    @property
    def username(self) -> KnownBy:
        """The platform's own flags know people by their id without a prefix."""
        return KnownBy("sub", "") if self.legacy else KnownBy(self.username_claim, self.username_prefix)

    @property
    def groups(self) -> KnownBy | None:
        return None if self.legacy else KnownBy(GROUPS_CLAIM, self.groups_prefix)

    @property
    def verifies_by_itself(self) -> bool:
        return self.mode in ("oidc", "both")

    @property
    def asks_us(self) -> bool:
        return self.mode in ("webhook", "both")

    @property
    def usual_form(self) -> AuthenticationForm:
        """Return the form that suits the cluster: flags if it keeps the platform's flags."""
        return AuthenticationForm.FLAGS if self.legacy else AuthenticationForm.STRUCTURED
