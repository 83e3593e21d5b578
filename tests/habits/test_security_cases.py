"""No case of tests/attacks/cases.toml is without a test or a reason, and the page says what there is."""

import pytest

from tests.attacks.cases import PAGE, ROOT, Case, cases, named_tests, page


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_a_case_has_tests_or_a_reason(case: Case) -> None:
    assert bool(case.tests) != bool(case.reason)


def test_each_test_exists() -> None:
    missing = []
    for test in {test for case in cases() for test in case.tests}:
        file, _, name = test.partition("::")
        if not (ROOT / file).exists() or (name and f"def {name}(" not in (ROOT / file).read_text()):
            missing.append(test)

    assert missing == []


def test_no_test_is_named_after_a_case_that_there_is_not() -> None:
    assert {id_ for id_ in named_tests() if id_[0] in "SOJUAK"} <= {case.id for case in cases()}


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "python -m tests.attacks.cases writes it"
