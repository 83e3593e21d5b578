"""OAuth 2.0 Token Introspection."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 7662: Token Introspection"
NOT_APPLICABLE = (
    NotApplicable(
        "§2.1", "what a GET may carry, by who allows it", "optional, and not offered: tokens stay out of URLs"
    ),
    NotApplicable(
        "§2.1",
        "how a resource server authorizes itself by a bearer token",
        "one of two ways; ours is client credentials",
    ),
    NotApplicable(
        "§2.2", "names for use across deployments are registered", "answers repeat the token's own claims, no more"
    ),
    NotApplicable("§4", "a resource server doesn't keep an answer beyond exp", "a duty of the resource server"),
)
