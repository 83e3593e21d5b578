"""Discovery documents (OpenID Connect Discovery 1.0 §3): their JSON, and the addresses in them."""

import json
from typing import Any

from rest_framework.exceptions import ParseError

from common.errors import MALFORMED, Invalid
from common.parsers import refuse_strange
from common.wording import Wording
from sso.messages import is_address

LONGEST_ADDRESS = 2000
LONGEST_ISSUER = 1024  # as long as `Identity.issuer`


def document_of(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
        refuse_strange(document)
    except (ParseError, *MALFORMED):
        document = None
    if not isinstance(document, dict):
        raise unusable(
            "It is not a JSON object, or one that can't be stored. Give the address of the discovery document."
        )
    return document


def endpoints_of(document: dict[str, Any], needed: tuple[str, ...], kept: tuple[str, ...]) -> dict[str, Any]:
    """Return the endpoints in the document. All must be https, unless the issuer itself is not."""
    found: dict[str, Any] = {}
    schemes = ("https", "http") if str(document.get("issuer", "")).startswith("http:") else ("https",)
    for name in kept:
        value = document.get(name)
        if value is None and name not in needed:
            continue
        longest = LONGEST_ISSUER if name == "issuer" else LONGEST_ADDRESS
        if not isinstance(value, str) or len(value) > longest or not is_address(value, schemes):
            raise unusable(
                Wording(
                    "Its {name} is missing, or no https address of at most {longest} characters.",
                    name=name,
                    longest=longest,
                )
            )
        found[name] = value
    return found


def unusable(reason: str) -> Invalid:
    return Invalid(
        "bad_metadata", Wording("This metadata can't be used. {reason}", reason=reason), field="metadata_url"
    )
