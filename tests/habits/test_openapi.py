import pytest

from runai_identity.api_description import FILE, generated


# Bounds of numbers could be those of the database in use.
@pytest.mark.django_db
def test_the_description_in_the_repository_is_what_the_views_say() -> None:
    assert FILE.read_text() == generated(), "Write it again: make openapi"
