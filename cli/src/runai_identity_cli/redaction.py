"""Secrets leave a configuration here, before it leaves this machine. Lines stay lines, so that they can be named."""

from __future__ import annotations

import re

REMOVED = "removed"

NAMED = r"(?:token|secret|password|passwd|client-key-data|private[-_]?key|credential)"
# token: abc, "client-secret": "abc", --oidc-client-secret=abc, --token abc. A placeholder (<...>) is no secret.
VALUE = re.compile(
    rf"""((?:["']?[\w.-]*{NAMED}["']?\s*[:=]\s*)|(?:--[\w-]*{NAMED}\s+))(["']?)(?![<|>&*{{\[]|-)([^\s"',}}]+)""",
    re.IGNORECASE,
)
# A block of more lines, or the next item of a list, or the value of an environment variable.
BLOCK = re.compile(rf"^(\s*)(?:-\s+)?[\"']?[\w.-]*{NAMED}[\"']?\s*:\s*[|>][-+0-9]*\s*$", re.IGNORECASE)
ALONE = re.compile(rf"^\s*-?\s*[\"']?--[\w-]*{NAMED}[\"']?,?\s*$", re.IGNORECASE)
NAME = re.compile(rf"name[\"']?\s*[:=]\s*[\"']?\w*{NAMED}\w*[\"']?,?\s*$", re.IGNORECASE)
FLAG = re.compile(r"^\s*-?\s*[\"']?--")
REST = re.compile(r"^(\s*(?:-\s+)?(?:[\"']?value[\"']?\s*:\s*)?)(\S.*)$")

JWT = re.compile(r"eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?")
USER_INFO = re.compile(r"(://)[^/@\s\"']+@")
PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
END = re.compile(r"-----END [A-Z ]*PRIVATE KEY-----")


def without_secrets(text: str) -> str:
    kept: list[str] = []
    block: int | None = None
    in_key = after_name = False
    for line in text.split("\n"):
        if in_key or PRIVATE_KEY.search(line):
            in_key = not END.search(line)
            kept.append(_indent(line) + REMOVED)
            continue
        if block is not None and (not line.strip() or len(_indent(line)) > block):
            kept.append(_indent(line) + REMOVED if line.strip() else line)
            continue
        opening = BLOCK.match(line)
        block = len(opening[1]) if opening else None
        # A flag that takes no value is followed by the next flag.
        is_value = after_name and not FLAG.match(line)
        kept.append(REST.sub(rf"\g<1>{REMOVED}", line) if is_value else _cleaned(line))
        after_name = bool(ALONE.match(line) or NAME.search(line))
    return "\n".join(kept)


def _cleaned(line: str) -> str:
    line = VALUE.sub(rf"\g<1>\g<2>{REMOVED}", line)
    return USER_INFO.sub(r"\1", JWT.sub(REMOVED, line))


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
