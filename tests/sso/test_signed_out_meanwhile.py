"""A LogoutRequest counts for the assertion that arrives after it, or waits for its browser (SAML Core §3.7.3.1)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Session
from tests import cast
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, last_attempt, path_of
from tests.sso.statement import EMAIL, PERSISTENT
from tests.tokens.at_once import AT_ONCE, at_once


def sign_out(visitor: Visitor, *named: Any, **told: Any) -> None:
    answer = Client().post(path_of(visitor.provider, "logout"), visitor.idp.logout_request(*named, **told))
    assert answer.status_code == 302


def answered(visitor: Visitor, **told: Any) -> str:
    asked = visitor.idp.read(visitor.ask())
    return visitor.idp.answer(asked, **{"name_id": "jane-1", "attributes": JANE, "session_index": "_there", **told})


# How the provider names the person in the assertion and in the LogoutRequest, and which session it ends.
MEANT = {
    "this session": ("jane-1", "jane-1", PERSISTENT, "_there"),
    "all sessions": ("jane-1", "jane-1", PERSISTENT, None),
    "an address in other capitals": ("jane@acme.com", "Jane@ACME.com", EMAIL, "_there"),
}


@pytest.mark.parametrize("waits", [True, False], ids=["it waits for the browser", "it is kept back"])
@pytest.mark.parametrize("name", MEANT)
def test_an_assertion_from_before_it_begins_no_session(visitor: Visitor, name: str, waits: bool) -> None:
    known, named, name_id_format, index = MEANT[name]
    field = answered(visitor, name_id=known, name_id_format=name_id_format)
    where = path_of(visitor.provider, "endpoint")
    place = Client().post(where, {"SAMLResponse": field})["Location"] if waits else ""

    sign_out(visitor, named, index, name_id_format=name_id_format)
    answer = visitor.browser.get(place) if waits else visitor.post(field)

    assert (answer.status_code, last_attempt().code) == (401, "signed_out_there")
    assert not Session.objects.live().exists()


@pytest.mark.parametrize(
    ("named", "index"), [("john-1", None), ("john-1", "_there"), ("jane-1", "_other"), ("JANE-1", None)]
)
def test_one_for_somebody_else_or_another_session_hinders_nobody(
    visitor: Visitor, named: str, index: str | None
) -> None:
    field = answered(visitor)

    sign_out(visitor, named, index)
    visitor.post(field)

    assert visitor.is_signed_in()


@pytest.mark.parametrize("index", ["_there", None])
def test_whoever_signs_in_there_again_signs_in_here(visitor: Visitor, index: str | None) -> None:
    sign_out(visitor, "jane-1", index)

    visitor.sign_in(issued=datetime.now(UTC) + timedelta(seconds=2))

    assert visitor.is_signed_in()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_nobody_who_is_being_signed_in_is_left_over() -> None:
    cast.plant_tree()
    idp = IdP()
    visitor = Visitor(idp, connect(idp, allow_idp_initiated=True))
    where = path_of(visitor.provider, "endpoint")
    fields = [idp.unsolicited(name_id="jane-1", attributes=JANE) for _ in range(AT_ONCE - 1)]
    places = [Client().post(where, {"SAMLResponse": field})["Location"] for field in fields]
    todo = iter([*places[: AT_ONCE // 2], "", *places[AT_ONCE // 2 :]])

    def one() -> Any:
        place = next(todo)
        return Client().get(place) if place else sign_out(visitor, "jane-1")

    at_once(one)

    assert not Session.objects.live().exists()
