"""docs/conformance.md says what the tests show."""

from tests.protocol.conformance import PAGE, documents, noted_in, packages, page


def test_the_page_is_what_the_tests_say() -> None:
    assert PAGE.read_text() == page(), "run: DJANGO_SETTINGS_MODULE=tests.settings python -m tests.protocol.conformance"


def test_every_test_says_what_it_shows() -> None:
    silent = [
        f"{path}::{test.__name__}"
        for package in packages()
        for path, test in noted_in(package)
        if not hasattr(test, "requirements")
    ]

    assert silent == []


def test_every_document_has_requirements() -> None:
    assert all(document.shown for document in documents())
