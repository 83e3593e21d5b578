"""Bearer Token Usage."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 6750: Bearer Token Usage"
NOT_APPLICABLE = (
    NotApplicable("§2", "a client sends a token in one way at a time", "a duty of the client; one way is offered"),
    NotApplicable("§2.2", "how a token comes in a form", "optional, and not offered"),
    NotApplicable("§2.3", "how a token comes in the address", "optional, and refused: RFC 9700 §4.3.2"),
    NotApplicable(
        "§5.3",
        "clients keep tokens safe, out of cookies and addresses, and verify certificates",
        "a duty of the client",
    ),
)
