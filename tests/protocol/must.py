"""What a document requires, noted on the test that shows it: docs/conformance.md is made from these notes."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

Test = TypeVar("Test", bound=Callable[..., object])


class Requirement(NamedTuple):
    """`section` as the document numbers it; the requirement in our own short words."""

    section: str
    words: str


class NotApplicable(NamedTuple):
    """A requirement that says nothing about this server, and why."""

    section: str
    words: str
    why: str


def must(section: str, words: str) -> Callable[[Test], Test]:
    def noted(test: Test) -> Test:
        test.__dict__.setdefault("requirements", []).append(Requirement(section, words))
        return test

    return noted
