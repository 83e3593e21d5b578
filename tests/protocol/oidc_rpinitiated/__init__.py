"""OpenID Connect RP-Initiated Logout 1.0."""

from tests.protocol.must import NotApplicable

TITLE = "OpenID Connect RP-Initiated Logout 1.0"
NOT_APPLICABLE = (
    NotApplicable("§2", "an encrypted id_token_hint is decrypted first", "no ID token is encrypted"),
    NotApplicable("§2", "a client takes an HTTP method that keeps the hint out of logs", "a duty of the client"),
    NotApplicable(
        "§3.1",
        "post_logout_redirect_uris of http belong to confidential clients",
        "judged when a client is registered: tests/tokens/test_client_metadata.py",
    ),
)
