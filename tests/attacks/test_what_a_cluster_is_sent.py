"""What a cluster is sent for a person lets whoever has the cluster do nothing to them, nor as them.

Who tries it is nobody, or says to be a client without a secret: everybody knows its name.
"""

from collections.abc import Iterator
from itertools import product
from uuid import UUID

import pytest
from django.test import Client

from accounts.models import User
from tests.attacks.seen import claims_in
from tests.domains.world import World
from tests.tokens.asking import PROTOCOL, call_api, post_form
from tokens.models import Application
from tokens.services.clients import ensure_built_in_clients

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
# Where an anonymous request names something, and by which parameter.
FORMS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("token", "refresh_token", {"grant_type": "refresh_token"}),
    ("token", "code", {"grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1/"}),
    ("token", "device_code", {"grant_type": DEVICE}),
    ("revoke", "token", {}),
    ("token/introspect", "token", {}),
)
ADDRESSES = ("logout?id_token_hint=", "logout?request_token=", "userinfo?access_token=")
ENDS = ("", ".", ".x", f".{'x' * 43}.{'x' * 43}")


@pytest.fixture
def world(keys: None, ada: User, robo: Application) -> World:
    ensure_built_in_clients()
    return World(ada, robo)


def names_in(token: str) -> Iterator[str]:
    """The token, its parts and its claims, in each form in which something here is named."""
    yield from (token, *token.split("."))
    for claim in claims_in(token).values():
        for value in claim if isinstance(claim, list) else [claim]:
            yield str(value)
            try:
                yield UUID(str(value)).hex
            except ValueError:
                continue


@pytest.mark.parametrize("client", ["runai", "runai-cli"])
@pytest.mark.parametrize("cluster", ["prod", "old"])
def test_it_ends_nothing_and_opens_nothing(world: World, client: str, cluster: str) -> None:
    own = world.by_code(client)
    again = {"grant_type": "refresh_token", "client_id": client}
    sent = post_form("token", **again, refresh_token=own["refresh_token"], resource=world.audience(cluster)).json()

    for name, end in product(dict.fromkeys(names_in(sent["access_token"])), ENDS):
        for path, field, more in FORMS:
            answer = post_form(path, client_id=client, **more, **{field: name + end})
            assert answer.status_code >= 400 or answer.content == b"", (path, name + end)
        for address in ADDRESSES:
            Client().get(f"{PROTOCOL}/{address}{name}{end}")

    assert call_api(own["access_token"]).status_code == 200
    assert post_form("token", **again, refresh_token=sent["refresh_token"]).status_code == 200
    assert world.browser.get("/account").status_code == 200
