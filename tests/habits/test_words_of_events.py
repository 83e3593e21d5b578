"""Every action and every reason that the server records has words, and none has words in vain.

Here all are compared at once. Of the generated tests in `tests/audit/test_words.py` a quick run draws a few cases.
"""

from audit.readable import UNREADABLE
from audit.words import ACTIONS, REASONS
from tests.audit.recorded import (
    ENDINGS,
    FOUND,
    FOUND_REASONS,
    LEFT_OPEN,
    RECORDED_ACTIONS,
    RECORDED_REASONS,
    SENTENCES,
)
from tests.audit.vocabulary import ROOT, Unfollowed

RECORD = ROOT / "tests/contract/recorded.txt"


def test_the_source_leaves_nothing_else_open() -> None:
    assert {one for one in FOUND | FOUND_REASONS if isinstance(one, Unfollowed)} == LEFT_OPEN


def test_none_is_without_words() -> None:
    assert set(RECORDED_ACTIONS) - set(ACTIONS) == set()
    assert {*RECORDED_REASONS, *ENDINGS} - set(REASONS) == set()


def test_what_a_server_recorded_was_found_in_the_source() -> None:
    """A second source: the events of the contract's record are those of a server that was used."""
    seen = [line.split(maxsplit=3)[1:] for line in RECORD.read_text().splitlines() if line.startswith("audited ")]

    assert {action for action, *_ in seen} - set(RECORDED_ACTIONS) == set()
    assert {reason[0] for _, _, *reason in seen if reason} - set(RECORDED_REASONS) - SENTENCES == set()


def test_no_words_are_left_over() -> None:
    assert set(ACTIONS) - {*RECORDED_ACTIONS, UNREADABLE} == set()
    assert set(REASONS) - {*RECORDED_REASONS, *ENDINGS} == set()
