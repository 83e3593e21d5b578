"""OpenID Connect Back-Channel Logout 1.0."""

from tests.protocol.must import NotApplicable

TITLE = "OpenID Connect Back-Channel Logout 1.0"
NOT_APPLICABLE = (
    NotApplicable("§2.4", "an encrypted logout token", "no logout token is encrypted"),
    NotApplicable("§2.6", "logout tokens are verified", "a duty of the client"),
    NotApplicable("§2.7", "the client ends its own session", "a duty of the client"),
    NotApplicable("§2.8", "how the client answers, and that nobody caches it", "a duty of the client"),
    NotApplicable("§2.7", "the client signs its person out of clients of its own", "a duty of the client"),
)
