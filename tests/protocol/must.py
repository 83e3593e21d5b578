"""What a document requires, noted on the test that shows it: docs/conformance.md is made from these notes."""

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])


def must(section: str, requirement: str) -> Callable[[Test], Test]:
    """`section` as the document numbers it; the requirement in our own short words."""

    def noted(test: Test) -> Test:
        requirements = [*getattr(test, "requirements", ()), (section, requirement)]
        test.requirements = requirements  # type: ignore[attr-defined]  # a note on the function
        return test

    return noted
