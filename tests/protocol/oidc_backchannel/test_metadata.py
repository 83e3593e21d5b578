import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import APIAs, BrowserAs
from tests.protocol.must import must
from tests.protocol.relying import claims_of, metadata, tokens_for
from tokens.models import Application


def sid_of(browser: Client, application: Application) -> str:
    return str(claims_of(tokens_for(browser, application)["id_token"], application.client_id)["sid"])


@must("§2.1", "the metadata says that back-channel logout is offered, and names sessions")
def test_it_says_that_it_offers_back_channel_logout() -> None:
    assert metadata()["backchannel_logout_supported"] is True
    assert metadata()["backchannel_logout_session_supported"] is True


@must("§2.1", "ID tokens have a sid, as logout tokens do")
def test_it_names_the_session_in_id_tokens(bobs: Client, shop: Application) -> None:
    assert sid_of(bobs, shop)


@must("§2.1", "two sessions never have the same sid")
def test_it_names_two_sessions_differently(bob: User, bobs: Client, browser_as: BrowserAs, shop: Application) -> None:
    assert sid_of(bobs, shop) != sid_of(browser_as(bob), shop)


@must("§2.1", "within a session the sid stays")
def test_it_names_one_session_alike(bobs: Client, shop: Application) -> None:
    assert sid_of(bobs, shop) == sid_of(bobs, shop)


@must("§2.2", "the client's address is absolute, and has no fragment")
@pytest.mark.parametrize("uri", ["/logout", "logout", "https://a.example/out#x", "https:///x", "javascript:x"])
def test_it_registers_no_other_address(ada: User, api_as: APIAs, uri: str) -> None:
    answer = api_as(ada).post("/api/v1/apps", {"name": "shop", "backchannelLogoutUri": uri})

    assert answer.status_code == 400


@must("§2.2", "the client's address may have a query")
def test_it_registers_an_address_with_a_query(ada: User, api_as: APIAs) -> None:
    uri = "https://a.example/out?tenant=one"

    answer = api_as(ada).post("/api/v1/apps", {"name": "a-client", "backchannelLogoutUri": uri})

    assert answer.json()["backchannelLogoutUri"] == uri
