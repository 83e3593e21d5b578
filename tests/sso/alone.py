"""The reader of SAML alone: no browser, no database, no process beside."""

import base64
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from lxml import etree

from sso.check_log import Check, CheckLog, SignInRefused
from sso.saml.reader.responses import read_response
from sso.saml.values import Expected
from tests.sso.bindings import Asked
from tests.sso.idp import IdP
from tests.sso.idp_keys import Key, key
from tests.sso.signing import sign_here

US = "https://us.example.com/saml"
ACS = f"{US}/endpoint"
ASKED = Asked("_asked", US, ACS)


def genuine(**how: Any) -> bytes:
    """A response that is believed, its assertion signed; options are those of IdP.response.

    Its times end after five minutes, and to make one takes a moment: each is used for a minute.
    """
    return _made(int(time.monotonic() // 60), **how)


@cache
def _made(minute: int, **how: Any) -> bytes:
    return IdP().response(ASKED, **{"sign_response": False, **how})


def changed(change: Callable[[Any], object], **how: Any) -> bytes:
    """A response that was changed and then signed, as a whole, by the provider."""
    root = etree.fromstring(genuine(sign_assertion=False, **how))
    change(root)
    return sign_here(root)


def encrypted() -> bytes:
    return genuine(encrypted=ours().pem)


def ours() -> Key:
    """Our own key towards the provider."""
    return key("us")


def expected(**changes: Any) -> Expected:
    believed = Expected(
        issuer=IdP().entity_id,
        certificates=[key().pem.decode()],
        entity_id=US,
        recipient=ACS,
        private_keys=[der(ours())],
        unsolicited=False,
        now=datetime.now(UTC),
    )
    return replace(believed, **changes)


@cache
def der(pair: Key) -> bytes:
    private = load_pem_private_key(pair.private.read_bytes(), None)
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def judged(message: bytes, **changes: Any) -> tuple[str, str]:
    """The refusal's code, and what was there; both empty for a message that is believed."""
    code, checks = checked(message, **changes)
    return (code, checks[-1].detail) if code else ("", "")


def checked(message: bytes, **changes: Any) -> tuple[str, list[Check]]:
    """The refusal's code, if any, and all checks up to it."""
    log = CheckLog()
    try:
        read_response(base64.b64encode(message).decode(), expected(**changes), log)
    except SignInRefused as refusal:
        return refusal.code, log.checks
    return "", log.checks
