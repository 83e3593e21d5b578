"""A check of a token, and the state that the checks of one token share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clustersync.apiserver_checks import signature
from clustersync.apiserver_checks.authenticator import AuthenticatorSettings
from clustersync.apiserver_checks.golang import Object

NO_EXPIRY = -62135596800  # the year 1, Go's time when none is given


class CheckFailed(Exception):
    """The text goes on where the title of the check ends."""


@dataclass
class CheckState:
    token: str = field(repr=False)
    authenticator: AuthenticatorSettings
    keys: Sequence[Mapping[str, Any]]
    now: float
    jws: signature.JWS = field(default=signature.NOTHING, repr=False)
    claims: Object = field(default_factory=lambda: Object([]), repr=False)
    audiences: list[str] = field(default_factory=list)
    ends_at: int = NO_EXPIRY
    not_before: int | None = None
    username: str = ""
    groups: list[str] = field(default_factory=list)
    uid: str = ""
    extra: dict[str, list[str]] = field(default_factory=dict)

    def claim(self, name: str) -> object:
        return self.claims.exact.get(name)

    def has(self, name: str) -> bool:
        """Decide as CEL's macro does: null is there."""
        return name in self.claims.exact


@dataclass(frozen=True)
class TokenCheck:
    """`cel` is the expression of the generated AuthenticationConfiguration that it stands for."""

    rule: str
    title: str
    run: Callable[[CheckState], None]
    applies: Callable[[AuthenticatorSettings], bool] = lambda authenticator: True
    cel: str = ""
