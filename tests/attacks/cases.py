"""docs/security-cases.md, written from cases.toml and the names of tests: `python -m tests.attacks.cases`."""

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(__file__).with_name("cases.toml")
PAGE = ROOT / "docs/security-cases.md"
NAMED = re.compile(r"def (test_((?:[a-z]\d\d_)+)\w*)\(")

AREAS = {
    "S": "SAML",
    "O": "OAuth and OpenID Connect",
    "J": "Tokens",
    "U": "Users and sessions",
    "A": "Administration",
    "K": "Kubernetes",
}
HEAD = """# Security cases

What has gone wrong in services of this kind, and the tests that try it here. Written by
`python -m tests.attacks.cases`; a test holds that it is up to date and that each test exists. The threats by domain of
trust are in [threat-model.md](threat-model.md), the requirements of the standards in [conformance.md](conformance.md).
"""


@dataclass(frozen=True)
class Case:
    id: str
    threat: str
    tests: tuple[str, ...]
    reason: str = ""
    """Why there is none."""


@cache
def named_tests() -> dict[str, list[str]]:
    """By the cases that their names begin with."""
    found = defaultdict(list)
    for file in sorted(ROOT.glob("tests/**/test_*.py")):
        for name, ids in NAMED.findall(file.read_text()):
            for id_ in ids.strip("_").split("_"):
                found[id_.upper()].append(f"{file.relative_to(ROOT)}::{name}")
    return found


def cases() -> list[Case]:
    return [
        Case(id_, one["threat"], (*one.get("tests", ()), *named_tests().get(id_, ())), one.get("reason", ""))
        for id_, one in tomllib.loads(CASES.read_text()).items()
    ]


def page() -> str:
    parts = [HEAD]
    for letter, area in AREAS.items():
        parts.append(f"\n## {area}\n\n| case | what is tried | tests |\n|---|---|---|\n")
        parts += [f"| {one.id} | {one.threat} | {_held(one)} |\n" for one in cases() if one.id[0] == letter]
    return "".join(parts)


def _held(case: Case) -> str:
    return case.reason or ", ".join(f"`{test.removeprefix('tests/')}`" for test in dict.fromkeys(case.tests))


if __name__ == "__main__":
    PAGE.write_text(page())
