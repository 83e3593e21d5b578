"""The verified assertion about a user: the same type for SAML and OpenID Connect."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

_TIMES = ("authenticated_at", "not_after", "usable_until")


@dataclass(frozen=True)
class VerifiedAssertion:
    """The verified assertion of a provider about a user.

    `request_id` is the request of ours that it answers; empty if it answers none. `message_id` can be used once, until
    `usable_until`. `not_after` is when the provider wants our session to end. `methods` are `amr` words. `context`
    is SAML's AuthnContextClassRef or OpenID Connect's `acr`, as the provider said it.
    """

    issuer: str
    subject: str
    attributes: dict[str, Any]
    request_id: str = ""
    message_id: str = ""
    usable_until: datetime | None = None
    authenticated_at: datetime | None = None
    not_after: datetime | None = None
    session_index: str = ""
    name_id: dict[str, str] = field(default_factory=dict)
    refresh_token: str = ""
    methods: tuple[str, ...] = ()
    context: str = ""

    def as_json(self) -> dict[str, Any]:
        times = {name: value.isoformat() for name in _TIMES if (value := getattr(self, name))}
        return {**asdict(self), **times}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "VerifiedAssertion":
        times = {name: datetime.fromisoformat(fields[name]) for name in _TIMES if fields[name]}
        return cls(**{**fields, **times, "methods": tuple(fields.get("methods", ()))})
