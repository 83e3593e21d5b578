"""OpenID Connect Discovery 1.0."""

from tests.protocol.must import NotApplicable

TITLE = "OpenID Connect Discovery 1.0"
NOT_APPLICABLE = (
    NotApplicable("§2", "a person's address leads to their issuer by WebFinger", "optional: this server is one issuer"),
    NotApplicable(
        "§3",
        "dynamic providers offer the response types id_token and id_token token",
        "only with open registration; here it needs an initial access token, and RFC 9700 says no to both",
    ),
    NotApplicable("§3", "keys for encryption are told from keys for signatures", "there are none for encryption"),
    NotApplicable("§3", "an x5c agrees with the bare key beside it", "no certificates are published"),
    NotApplicable("§4.3", "a client drops a document whose issuer is another one", "a duty of the client"),
    NotApplicable("§5", "strings are compared code point by code point", "a duty of whoever reads the document"),
    NotApplicable("§7.1", "who fetches the document checks the certificate", "a duty of the client"),
)
