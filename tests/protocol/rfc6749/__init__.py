"""The OAuth 2.0 Authorization Framework."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 6749: The OAuth 2.0 Authorization Framework"
CLIENTS = "a duty of the client"
NOT_APPLICABLE = (
    NotApplicable("§2.3.2", "other ways to authenticate have a name", "private_key_jwt has"),
    NotApplicable("§3.1.1", "several values of response_type are compared in any order", "code is the only one"),
    NotApplicable("§3.1.2.5", "the page at the redirect URI runs no scripts of others, and moves on at once", CLIENTS),
    NotApplicable("§4.1.2", "a client ignores parameters that it doesn't know", CLIENTS),
    NotApplicable("§4.2", "the implicit grant", "not offered: RFC 9700 §2.1.2"),
    NotApplicable("§4.3.1", "a client forgets the password once it has a token", CLIENTS),
    NotApplicable("§4.5", "extension grants name themselves by a URI", "the device grant is in RFC 8628"),
    NotApplicable("§5.1", "a client ignores members that it doesn't know", CLIENTS),
    NotApplicable("§7.1", "a client uses no token of a type that it doesn't understand", CLIENTS),
    NotApplicable("§8", "new types, parameters and errors are registered", "none is new here"),
    NotApplicable(
        "§10.2",
        "clients are told apart by more than their name, where they can prove nothing",
        "loopback redirect URIs prove nothing, and people see which client asks when it is not ours",
    ),
    NotApplicable("§10.3", "access tokens travel and rest confidentially at the client", CLIENTS),
    NotApplicable("§10.11", "people can tell the server's pages from others", "TLS, and the browser's address bar"),
    NotApplicable("§10.12", "the client protects its redirect URI by state", CLIENTS),
    NotApplicable("§10.16", "a client doesn't take a token for a sign-in", CLIENTS),
)
