"""OAuth 2.0 Authorization Server Metadata."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 8414: Authorization Server Metadata"
NOT_APPLICABLE = (
    NotApplicable("§2.1", "signed_metadata is signed, and says by whom", "optional, and not offered"),
    NotApplicable("§2", "keys for encryption are told from keys for signatures", "there are none for encryption"),
    NotApplicable("§3.1.1", "other applications register a well-known name of their own", "the default name is used"),
    NotApplicable("§3.3", "a client drops metadata whose issuer is another one", "a duty of the client"),
    NotApplicable("§4", "strings are compared code point by code point", "a duty of whoever reads the document"),
    NotApplicable("§6.1", "who fetches the document checks the certificate", "a duty of the client"),
    NotApplicable(
        "§2, §6.1",
        "addresses are https, TLS is spoken",
        "PUBLIC_URL says https, and a proxy in front speaks TLS; every address begins with PUBLIC_URL, which is tested",
    ),
    NotApplicable("§7.1.1", "names of metadata are registered with IANA", "no name of our own is published"),
)
