import pytest
from django.test import Client

from accounts.models import User
from common.actors import SYSTEM
from tests.conftest import BrowserAs
from tests.protocol.must import must
from tests.protocol.oidc_backchannel.receiver import Receiver
from tests.protocol.relying import PROTOCOL, claims_of, refresh, tokens_for, unverified
from tokens.models import Application, LogoutNotice

# Delivered by a thread of its own, after the commit.
pytestmark = pytest.mark.django_db(transaction=True)


def sid_of(tokens: dict[str, str]) -> object:
    return unverified(tokens["id_token"])["sid"]


@must("§2.3", "each client that the person is signed in to is told, and no other")
def test_it_tells_every_client_of_the_session(
    bobs: Client, shop: Application, other: Application, receiver: Receiver
) -> None:
    Application.objects.filter(pk=other.pk).update(backchannel_logout_uri=receiver.uri)
    tokens_for(bobs, shop)
    tokens_for(bobs, other)

    bobs.post("/logout")

    told = {unverified(receiver.next().logout_token)["aud"] for _ in range(2)}
    assert told == {"shop", "other"}


@must("§2.3", "a client that the person isn't signed in to is told nothing")
def test_it_tells_no_client_of_another_session(
    bob: User, bobs: Client, browser_as: BrowserAs, shop: Application, receiver: Receiver
) -> None:
    browser_as(bob).post("/logout")
    tokens = tokens_for(bobs, shop)

    bobs.post("/logout")

    assert unverified(receiver.next().logout_token)["sid"] == sid_of(tokens)
    assert receiver.inbox.empty()


@must("§2.5", "a logout at the request of one client is told to the others")
def test_it_tells_the_others_of_a_logout_that_a_client_began(
    bobs: Client, shop: Application, other: Application, receiver: Receiver
) -> None:
    tokens_for(bobs, shop)
    hint = tokens_for(bobs, other)["id_token"]

    bobs.get(f"{PROTOCOL}/logout", {"id_token_hint": hint})

    assert claims_of(receiver.next().logout_token, "shop")["sid"]


@must("§2.5", "an end by an administrator is told as well")
def test_it_tells_of_an_end_by_somebody_else(bob: User, bobs: Client, shop: Application, receiver: Receiver) -> None:
    from accounts.services.users import disable_user

    tokens = tokens_for(bobs, shop)

    disable_user(actor=SYSTEM, user=bob)

    assert unverified(receiver.next().logout_token)["sid"] == sid_of(tokens)


@must("§2.5", "what was delivered isn't sent again")
def test_it_tells_once(bobs: Client, shop: Application, receiver: Receiver) -> None:
    tokens_for(bobs, shop)
    bobs.post("/logout")
    receiver.next()

    bobs.post("/logout")

    assert receiver.inbox.empty()


@must("§2.5", "what wasn't delivered is kept, to be sent again")
def test_it_remembers_whom_it_could_not_tell(bobs: Client, shop: Application, receiver: Receiver) -> None:
    receiver.status = 503
    tokens_for(bobs, shop)

    bobs.post("/logout")
    receiver.next()

    assert LogoutNotice.objects.get().application == shop


@must("§2.7", "refresh tokens without offline access end with the session")
def test_it_ends_refresh_tokens_with_the_session(bobs: Client, shop: Application, receiver: Receiver) -> None:
    tokens = tokens_for(bobs, shop)

    bobs.post("/logout")
    receiver.next()

    assert refresh(shop, tokens["refresh_token"]).status_code == 400


@must("§2.7", "refresh tokens with offline access go on")
def test_it_leaves_offline_access_alone(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop, scope="openid offline_access")

    bobs.post("/logout")

    assert refresh(shop, tokens["refresh_token"]).status_code == 200
