"""C3: whatever is sent, there is a verdict or a clear refusal, within a second and 50 MB, by a process that stays.

Within a budget of time, of which SAML_FUZZ_SECONDS gives more. What was found is in `corpus/`, and tried each time.
"""

import base64
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from sso.refusals import REFUSALS
from sso.saml import sandbox
from tests.attacks.fuzzing import ENVELOPES, changed, mangled, programs, readable, seeds
from tests.sso import alone
from tests.sso.idp import IdP

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("SAML_FUZZ_SECONDS", "8"))
CORPUS = Path(__file__).parent / "corpus"
# More than there is time for: what comes after the time is not tried.
FOR_A_WHILE = settings(
    max_examples=int(SECONDS * 60), deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


class Budget:
    """Begins with the first example, and a process that has read a message."""

    def __init__(self) -> None:
        self.ends_at = 0.0
        self.process = 0
        self.tried = 0

    def is_used_up(self) -> bool:
        if not self.ends_at:
            seeds()
            judged(alone.genuine())
            self.ends_at, self.process = time.monotonic() + SECONDS, pid()
        self.tried += 1
        return time.monotonic() > self.ends_at

    def holds(self) -> None:
        assert self.tried > 50
        assert pid() == self.process, "something was cut off"


@pytest.fixture
def budget() -> Budget:
    return Budget()


def pid() -> int:
    assert sandbox._sandbox._process is not None
    return sandbox._sandbox._process.pid


def judged(message: bytes) -> Any:
    """What was said of somebody, or None; TooCostly or Unavailable would come through."""
    field = base64.b64encode(message).decode()
    answer = sandbox.ask("response", field=field, expected=alone.expected().as_json())
    assert answer["refused"] in REFUSALS if answer["refused"] else answer["result"]
    return answer["result"]


def who(said: Any) -> Any:
    return said and (said["subject"], said["attributes"], said["issuer"], said["request_id"])


def test_c3_what_is_changed_and_then_signed_or_encrypted(budget: Budget) -> None:
    """The provider itself is odd, or somebody encrypts rubbish for us."""

    @FOR_A_WHILE
    @given(st.sampled_from(readable()), programs, st.sampled_from(ENVELOPES))
    def tried(name: str, todo: bytes, envelope: Callable[[Any], bytes]) -> None:
        if not budget.is_used_up():
            judged(envelope(changed(seeds()[name], todo)))

    tried()
    budget.holds()


SIGNED = ["the assertion", "the response", "both", "encrypted"]


def test_c3_what_is_signed_and_then_changed_says_the_same_or_nothing(budget: Budget) -> None:
    """A stranger carries it: whatever is believed is what the provider signed, to the letter."""
    genuine = {name: who(judged(seeds()[name])) for name in SIGNED}
    assert all(genuine.values())

    @FOR_A_WHILE
    @given(st.sampled_from(SIGNED), programs, programs)
    def tried(name: str, todo: bytes, bytes_todo: bytes) -> None:
        if not budget.is_used_up():
            message = etree.tostring(changed(seeds()[name], todo)) if todo else seeds()[name]
            assert who(judged(mangled(message, bytes_todo))) in (genuine[name], None)

    tried()
    budget.holds()


def test_c3_bytes_in_every_seed(budget: Budget) -> None:
    @FOR_A_WHILE
    @given(st.sampled_from(sorted(seeds())), programs)
    def tried(name: str, todo: bytes) -> None:
        if not budget.is_used_up():
            judged(mangled(seeds()[name], todo))

    tried()
    budget.holds()


def test_c3_metadata(budget: Budget) -> None:
    metadata = IdP().metadata().encode()

    @FOR_A_WHILE
    @given(programs, programs)
    def tried(todo: bytes, bytes_todo: bytes) -> None:
        if not budget.is_used_up():
            message = etree.tostring(changed(metadata, todo)) if todo else metadata
            text = mangled(message, bytes_todo).decode(errors="replace")
            answer = sandbox.ask("metadata", sandbox.METADATA, text=text, entity_id="")
            assert answer.keys() <= {"problem", "several", "descriptor"}

    tried()
    budget.holds()


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.xml")), ids=lambda file: file.name)
def test_c3_what_was_found_once_is_refused(file: Path, budget: Budget) -> None:
    budget.is_used_up()

    assert judged(file.read_bytes()) is None
    assert pid() == budget.process
