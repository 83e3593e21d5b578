"""OAuth 2.0 for Native Apps."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 8252: OAuth 2.0 for Native Apps"
CLIENTS = "a duty of the client"
NOT_APPLICABLE = (
    NotApplicable("§5, §8.12", "apps open the browser, and no view inside themselves", CLIENTS),
    NotApplicable("§7.3", "apps close the port when the answer came, and listen on both loopback addresses", CLIENTS),
    NotApplicable("§8.1", "apps use PKCE", "a duty of the client, and without it they get nothing"),
    NotApplicable(
        "§8.10",
        "apps use one redirect URI for each server, to notice a mix-up",
        "a duty of the client; iss says who answers (RFC 9207)",
    ),
    NotApplicable("§8.11", "people are wary of keyboards and pages inside apps", "advice for people"),
)
