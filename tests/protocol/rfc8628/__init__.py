"""OAuth 2.0 Device Authorization Grant."""

from tests.protocol.must import NotApplicable

TITLE = "RFC 8628: Device Authorization Grant"
CLIENTS = "a duty of the device"
NOT_APPLICABLE = (
    NotApplicable("§3.3", "the device shows the address and the code, and asks people to check it", CLIENTS),
    NotApplicable("§3.5", "the device waits between polls, longer after slow_down and after a time-out", CLIENTS),
    NotApplicable("§3.5", "the device stops at any other error", CLIENTS),
    NotApplicable(
        "§5.6",
        "codes can be read by people close to the screen",
        "a duty of the device; the page shows which device waits, and where",
    ),
    NotApplicable(
        "§5.7",
        "the way the code reaches another device is not part of this",
        "verification_uri_complete may be shown as a picture",
    ),
)
