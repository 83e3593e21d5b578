"""JSON Web Token (JWT) Profile for OAuth 2.0 Access Tokens."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 9068: JWT Profile for Access Tokens"
NOT_APPLICABLE = (
    NotApplicable("§2.2.2", "more identity claims come from the registry of IANA", "SHOULD; ours are, but uid and gid"),
    NotApplicable(
        "§3",
        "scopes that belong to different resources don't share a token",
        "scopes here say what is told of a person, at every resource alike",
    ),
    NotApplicable("§4", "an encrypted token is decrypted, an unencrypted one then refused", "no token is encrypted"),
    NotApplicable("§4", "what clusters and web applications check", "duties of those resource servers"),
    NotApplicable("§6", "a client doesn't look into the access token", "a duty of the client"),
    NotApplicable("§6", "personal data is encrypted, or kept out", "SHOULD; scopes keep it out, and TLS encrypts"),
)
