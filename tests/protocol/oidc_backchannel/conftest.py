from collections.abc import Iterator

import pytest

from tests.protocol.oidc_backchannel.receiver import Receiver, listening
from tokens.models import Application


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with listening() as receiver:
        yield receiver


@pytest.fixture
def shop(shop: Application, receiver: Receiver) -> Application:
    shop.backchannel_logout_uri = receiver.uri
    shop.save()
    return shop
