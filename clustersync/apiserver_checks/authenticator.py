from collections.abc import Sequence
from dataclasses import dataclass

from clustersync.apiserver import AuthenticationForm, ClusterFacts
from clustersync.apiserver.facts import KnownBy

# Of the asymmetric ones; an AuthenticationConfiguration can't narrow them down.
EVERY_ALGORITHM = tuple(f"{kind}{bits}" for kind in ("RS", "ES", "PS") for bits in (256, 384, 512))
BY_FLAGS = ("RS256", "ES256")
BY_DEFAULT = ("RS256",)


@dataclass(frozen=True, kw_only=True)
class AuthenticatorSettings:
    """The settings of a kube-apiserver that verifies our tokens by itself.

    `structured` is an AuthenticationConfiguration, with the rules that we generate; flags have none. `credential_ids`:
    whether it is new enough (1.32) to note the token's `jti`.
    """

    issuer: str
    audiences: Sequence[str]
    username: KnownBy
    groups: KnownBy | None
    algorithms: Sequence[str]
    structured: bool
    access_tokens_only: bool
    credential_ids: bool = True

    @property
    def names_users(self) -> bool:
        """Return whether a rule of its own asks for a user name; `sub` is required of every token."""
        return self.structured and self.username.claim != "sub"

    @property
    def shares_audience(self) -> bool:
        """Return whether a rule of its own asks for the cluster's own audience beside the shared one."""
        return self.structured and len(self.audiences) > 1


def settings_from(
    facts: ClusterFacts, form: AuthenticationForm, *, credential_ids: bool = True
) -> AuthenticatorSettings:
    """Return the settings that an API server has with the files that we generate."""
    structured = form == AuthenticationForm.STRUCTURED
    by_flags = BY_DEFAULT if facts.legacy else BY_FLAGS
    return AuthenticatorSettings(
        issuer=facts.issuer,
        audiences=facts.audiences if structured else [facts.oidc_client_id],
        username=facts.username,
        groups=facts.groups,
        algorithms=EVERY_ALGORITHM if structured else by_flags,
        structured=structured,
        access_tokens_only=structured and len(facts.audiences) == 1,
        credential_ids=credential_ids,
    )
