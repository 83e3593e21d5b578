"""The shapes of values that a server says. What has another is not used: each regular expression is for fullmatch."""

from __future__ import annotations

import re

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CLUSTER_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,55}[a-z0-9])?")  # a DNS label, as the server has it
NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")  # RFC 1123
AUDIENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,65536}={0,2}")  # RFC 6750 §2.1, b64token
OPAQUE = re.compile(r"[!-~]{1,65536}")  # refresh tokens, codes: RFC 6749 appendix A, without the blank
PERSON = re.compile(r"[!-~]{1,254}")  # an e-mail address or a client id, both of ASCII
USER_CODE = re.compile(r"[A-Za-z0-9-]{1,40}")


def fits(shape: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None
