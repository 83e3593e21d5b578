import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tests.protocol.relying import allow, make_client, make_public_client
from tokens.models import Application


@pytest.fixture(autouse=True)
def keys(db: None) -> None:
    plant_keys()


@pytest.fixture
def bobs(bob: User, browser_as: BrowserAs) -> Client:
    """The browser in which bob is signed in."""
    return browser_as(bob)


@pytest.fixture
def shop(bob: User) -> Application:
    """A confidential web client that bob agreed to."""
    application = make_client("shop")
    allow(bob, application)
    return application


@pytest.fixture
def other(bob: User) -> Application:
    """Another one."""
    application = make_client("other", redirect_uris="https://other.example/callback")
    allow(bob, application)
    return application


@pytest.fixture
def page(bob: User) -> Application:
    """A public client that bob agreed to."""
    application = make_public_client("page")
    allow(bob, application)
    return application
