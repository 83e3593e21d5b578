"""Proof Key for Code Exchange."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 7636: Proof Key for Code Exchange"
NOT_APPLICABLE = (
    NotApplicable("§4.1", "a verifier has 43 to 128 characters of high entropy", "a duty of the client"),
    NotApplicable("§4.2", "a client that can do S256 uses it", "a duty of the client; nothing else is taken"),
    NotApplicable("§4.4", "a challenge that is kept in the code itself can't be read", "a code says nothing itself"),
    NotApplicable("§4.6", "plain verifiers are compared as they are", "plain is refused: RFC 9700 §2.1.1"),
)
