"""OAuth 2.0 Authorization Server Issuer Identification."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 9207: Issuer Identification"
NOT_APPLICABLE = (
    NotApplicable("§2.3", "the issuer is said in a JWT where responses are JWTs", "JARM is not offered"),
    NotApplicable(
        "§2.4", "a client compares iss with the issuer that it asked, and stops when it differs", "a duty of the client"
    ),
)
