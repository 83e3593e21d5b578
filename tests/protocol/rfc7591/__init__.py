"""Dynamic client registration: the endpoint, what it takes and what it answers."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 7591: Dynamic Client Registration"
NOT_APPLICABLE = (
    NotApplicable("§2.2", "human-readable metadata in several languages", "a client has one name"),
    NotApplicable("§2.3", "a software statement that is accepted is verified", "software statements are ignored"),
    NotApplicable("§3", "an open endpoint limits who floods it", "it takes initial access tokens only"),
    NotApplicable("§3.1", "a statement goes before plain metadata", "software statements are ignored"),
    NotApplicable("§3.2.2", "errors of software statements", "software statements are ignored"),
    NotApplicable("§5", "TLS", "it ends at the proxy: docs/security.md"),
)
