"""Resource Indicators for OAuth 2.0."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 8707: Resource Indicators"
NOT_APPLICABLE = (
    NotApplicable(
        "§2",
        "a client sends an absolute URI",
        "a duty of the client; this server takes the names by which its audiences are known, URI or not, and no others",
    ),
    NotApplicable("§2", "in the implicit flow it restricts the access token", "there is no implicit flow"),
    NotApplicable("§3", "a client asks for the most specific resource it needs", "a duty of the client"),
)
