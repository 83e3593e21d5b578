"""Ask the process beside this one about each expression of an issuer, with the claims of a token."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Use = Literal["username", "groups", "uid", "extra", "claim rule", "user rule"]
Verdict = Literal["fine", "invalid", "not judged", "refuses"]

LONGEST = 4_000  # characters
MOST = 200
SECONDS = 5.0  # by the clock; of CPU it has two

ROOT = Path(__file__).resolve().parents[3]
START = "import sys; sys.path.insert(0, sys.argv[1]); from clustersync.doctor.cel.process import serve; serve()"
# Where a Python of its own finds its libraries; nothing else of our environment, which has secrets in it.
PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Question:
    """An expression and what it is for; of a mapped name also a claim and what is put before it, instead of one."""

    use: Use
    expression: str = ""
    claim: str = ""
    prefix: str = ""
    key: str = ""


@dataclass(frozen=True)
class SampleToken:
    """Its claims. `has_every_text`: of a text that the sender withheld is known that it stands in none of them."""

    claims: Mapping[str, Any] | None = field(repr=False)
    has_every_text: bool = False


@dataclass(frozen=True)
class ExpressionVerdict:
    """`why` says what is wrong, in words that may stand in a finding."""

    verdict: Verdict
    why: str = ""


@dataclass(frozen=True)
class Judged:
    """An answer to each question, in their order, and the user that the claims make: None without claims."""

    answers: Sequence[ExpressionVerdict] = ()
    user: Mapping[str, Any] | None = field(default=None, repr=False)


def judge(questions: Sequence[Question], tokens: Sequence[SampleToken]) -> list[Judged]:
    """One for the claims of each token. Without a token there is one, of expressions that are checked and not run."""
    times = max(1, len(tokens))
    if not any(question.expression for question in questions):
        return [Judged([ExpressionVerdict("fine")] * len(questions))] * times
    if len(questions) > MOST or any(len(question.expression) > LONGEST for question in questions):
        return [_unjudged(questions, f"{MOST} expressions of {LONGEST} characters are judged, and no more")] * times
    asked = json.dumps(
        {"questions": [asdict(question) for question in questions], "tokens": [asdict(token) for token in tokens]}
    )
    try:
        done = subprocess.run(  # noqa: S603  ourselves
            [sys.executable, "-I", "-c", START, str(ROOT)],
            input=asked.encode(),
            capture_output=True,
            timeout=SECONDS,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            cwd="/",
            check=True,
        )
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError):
        return [_unjudged(questions, "evaluating it took more time or memory than there is for it")] * times
    return [Judged([ExpressionVerdict(*answer) for answer in one["answers"]], one["user"]) for one in found]


def _unjudged(questions: Sequence[Question], why: str) -> Judged:
    return Judged(
        [
            ExpressionVerdict("not judged", why) if question.expression else ExpressionVerdict("fine")
            for question in questions
        ]
    )
