"""A grant is of one user, one session and one client: with any of them exchanged for another, it is nobody's."""

from itertools import product
from uuid import UUID

import pytest

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from tests.tokens.asking import make_shop
from tokens.models import Application, Grant
from tokens.services.gate import NotAdmitted, gate
from tokens.services.grants import begin

EXCHANGED = [choice for choice in product([False, True], repeat=3) if any(choice)]


@pytest.fixture
def shop(db: None) -> Application:
    return make_shop()


def granted(user: User, shop: Application) -> Grant:
    session = start_session(user=user, kind=SessionKind.BROWSER)
    _, grant = begin(session=session, application=shop, scope="openid")
    return grant


def asked_with(grant: Grant, user_id: UUID, session: Session, client_id: str) -> str:
    try:
        gate(user_id=user_id, session_id=session.pk, client_id=client_id, grant_id=grant.pk)
    except NotAdmitted as refusal:
        return refusal.code
    return ""


@pytest.mark.parametrize("exchanged", EXCHANGED, ids=str)
def test_a_grant_is_not_honoured_for_another(
    alice: User, bob: User, shop: Application, exchanged: tuple[bool, bool, bool]
) -> None:
    mine, other = granted(alice, shop), granted(bob, shop)
    another_of_mine = start_session(user=alice, kind=SessionKind.BROWSER)
    its_user, its_session, its_client = exchanged
    session = (other.session if its_user else another_of_mine) if its_session else mine.session

    refused = asked_with(mine, bob.pk if its_user else alice.pk, session, "cli" if its_client else shop.client_id)

    assert refused == "grant_missing"


def test_a_grant_is_honoured_for_its_own(alice: User, shop: Application) -> None:
    mine = granted(alice, shop)

    assert asked_with(mine, alice.pk, mine.session, shop.client_id) == ""
