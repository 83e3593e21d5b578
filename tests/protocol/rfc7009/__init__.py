"""OAuth 2.0 Token Revocation."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 7009: Token Revocation"
NOT_APPLICABLE = (
    NotApplicable("§2", "clients get the endpoint's address from somewhere they can trust", "a duty of the client"),
    NotApplicable("§2.1", "a client uses a token no more once it is revoked", "a duty of the client"),
    NotApplicable("§2.2", "a client disregards what is in the body of the answer", "a duty of the client"),
    NotApplicable("§2.2.1", "on a 503 a client takes the token for alive and tries again", "a duty of the client"),
    NotApplicable("§2.3", "how JSONP is served, by who offers it", "optional, and not offered: CORS is"),
)
