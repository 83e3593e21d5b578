import pytest

from tests.keys import plant_keys


@pytest.fixture(autouse=True)
def keys(db: None) -> None:
    plant_keys()
