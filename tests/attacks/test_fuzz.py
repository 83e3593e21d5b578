"""Every parser of outside bytes is given rubbish within a budget of time: it answers or refuses, and within a second.

`make fuzz SECONDS=600` gives more time. What was found stands in corpus/parsers.json, and is tried each time; the
parsers of SAML responses have a grammar and a corpus of their own (test_saml_fuzz.py).
"""

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.attacks.doors import PARSERS

SECONDS = float(os.environ.get("FUZZ_SECONDS", "10")) / len(PARSERS)
LONGEST = 1.0
CORPUS: dict[str, list[Any]] = json.loads((Path(__file__).parent / "corpus/parsers.json").read_text())
FOR_A_WHILE = settings(
    max_examples=max(20, int(SECONDS * 250)), deadline=None, database=None, suppress_health_check=list(HealthCheck)
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.either_database,
    pytest.mark.django_db,
    pytest.mark.timeout(120 + 3 * SECONDS),
    pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning"),
]


def tried(name: str, rubbish: Any) -> None:
    """By the time that this thread computed: the machine may do something else meanwhile."""
    parser = PARSERS[name]
    began = time.thread_time()
    try:
        parser.call(rubbish)
    except parser.refusals as refusal:
        assert str(refusal)
    assert time.thread_time() - began < LONGEST, f"took too long: for corpus/parsers.json, {as_kept(rubbish)}"


def as_kept(rubbish: Any) -> str:
    return json.dumps({"base64": base64.b64encode(rubbish).decode()} if isinstance(rubbish, bytes) else rubbish)


def from_corpus(kept: Any) -> Any:
    """Bytes stand as base64, and what would be long as a piece and how often it comes."""
    if isinstance(kept, dict) and kept.keys() == {"base64"}:
        return base64.b64decode(kept["base64"])
    if isinstance(kept, dict) and kept.keys() == {"before", "piece", "times", "after", "bytes"}:
        text = kept["before"] + kept["piece"] * kept["times"] + kept["after"]
        return text.encode() if kept["bytes"] else text
    return kept


@pytest.mark.parametrize("name", PARSERS)
def test_rubbish_is_read_or_refused_within_a_second(name: str) -> None:
    ends_at, count = time.monotonic() + SECONDS, 0

    @FOR_A_WHILE
    @given(PARSERS[name].rubbish)
    def while_there_is_time(rubbish: Any) -> None:
        nonlocal count
        if not count or time.monotonic() < ends_at:
            count += 1
            tried(name, rubbish)

    while_there_is_time()
    assert count


@pytest.mark.parametrize(("name", "kept"), [(name, kept) for name, all_of in CORPUS.items() for kept in all_of])
def test_what_was_found_is_read_or_refused(name: str, kept: Any) -> None:
    tried(name, from_corpus(kept))
