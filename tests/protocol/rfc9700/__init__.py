"""Best Current Practice for OAuth 2.0 Security."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 9700: Best Current Practice for OAuth 2.0 Security"
CLIENTS = "a duty of the client"
NOT_APPLICABLE = (
    NotApplicable("§2.1", "clients are no open redirectors, and protect themselves from forged answers", CLIENTS),
    NotApplicable(
        "§2.2.1",
        "access tokens are bound to their sender",
        "a SHOULD: neither DPoP nor mTLS is offered yet;"
        " tokens are bound to an audience and to a grant that can be ended",
    ),
    NotApplicable("§2.6", "what is said between servers is protected to its end", "by the operator's proxy and TLS"),
    NotApplicable("§4.4", "a client tells apart the servers that it uses", CLIENTS),
    NotApplicable(
        "§4.9",
        "a resource server that was taken over can't go on with a token",
        "a token has one audience, and none for a cluster is taken here",
    ),
    NotApplicable("§4.10", "stolen tokens are of no use to others", "see §2.2.1"),
    NotApplicable("§4.17", "messages between windows name their origin", "none are sent"),
)
