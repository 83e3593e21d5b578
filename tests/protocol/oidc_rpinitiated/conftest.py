import pytest
from django.test import Client

from tests.protocol.oidc_rpinitiated.leaving import GOODBYE
from tests.protocol.relying import tokens_for
from tokens.models import Application


@pytest.fixture
def shop(shop: Application) -> Application:
    shop.post_logout_redirect_uris = GOODBYE
    shop.save()
    return shop


@pytest.fixture
def hint(bobs: Client, shop: Application) -> str:
    """The ID token that the shop has of bob."""
    return str(tokens_for(bobs, shop)["id_token"])
