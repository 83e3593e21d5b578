"""The same answer brought by many at the same moment: one signs in, whichever process takes it."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Session, User
from sso.models import Attempt, Identity
from sso.models.providers import NameIDFormat
from tests import cast
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, path_of
from tests.tokens.at_once import AT_ONCE, at_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


ADDRESS = "jane@acme.com"


@pytest.fixture
def visitor() -> Visitor:
    cast.plant_tree()
    idp = IdP()
    return Visitor(idp, connect(idp, allow_idp_initiated=True))


def test_s07_an_assertion_is_used_once(visitor: Visitor) -> None:
    field = visitor.idp.unsolicited(name_id="jane-1", attributes=JANE)

    answers = at_once(lambda: visitor_of(visitor).post(field))

    assert sorted(answer.status_code for answer in answers) == [302, *[401] * (AT_ONCE - 1)]
    assert Session.objects.count() == 1


def test_s07_a_waiting_answer_is_taken_once(visitor: Visitor) -> None:
    field = visitor.idp.unsolicited(name_id="jane-1", attributes=JANE)
    waiting = Client().post(path_of(visitor.provider, "endpoint"), {"SAMLResponse": field})["Location"]

    answers = at_once(lambda: Client().get(waiting))

    assert sorted(answer.status_code for answer in answers) == [302, *[401] * (AT_ONCE - 1)]
    assert Session.objects.count() == 1


@pytest.mark.parametrize("same", [True, False], ids=["the same person", "another person each"])
def test_many_come_for_the_first_time_with_one_address(visitor: Visitor, same: bool) -> None:
    """One account is made; the same person signs in each time, and of others each is refused by name."""
    people = ["jane-1"] * AT_ONCE if same else [f"jane-{number}" for number in range(AT_ONCE)]
    waiting = iter([waiting_place(visitor, person) for person in people])

    answers = at_once(lambda: Client().get(next(waiting)))

    wanted = [302] * AT_ONCE if same else [302, *[403] * (AT_ONCE - 1)]
    assert sorted(answer.status_code for answer in answers) == wanted
    assert User.objects.filter(email="jane@acme.com").count() == 1
    assert set(Attempt.objects.values_list("code", flat=True)) == ({""} if same else {"", "address_reused"})


@pytest.mark.parametrize("first", range(3))
def test_one_address_in_other_capitals_is_one_person(visitor: Visitor, first: int) -> None:
    """Whoever is first: one account, one identity, and nobody is refused."""
    capitals = range(first, first + AT_ONCE)
    spellings = ["".join(one.upper() if 1 << at & bits else one for at, one in enumerate(ADDRESS)) for bits in capitals]
    waiting = iter([waiting_place(visitor, one, name_id_format=NameIDFormat.EMAIL.value) for one in spellings])

    answers = at_once(lambda: Client().get(next(waiting)))

    assert [answer.status_code for answer in answers] == [302] * AT_ONCE
    assert Identity.objects.values_list("user__email").get() == (ADDRESS,)
    assert User.objects.filter(email=ADDRESS).count() == 1


def waiting_place(visitor: Visitor, person: str, **told: Any) -> str:
    """Where a browser comes for the provider's answer."""
    field = visitor.idp.unsolicited(name_id=person, attributes=JANE, **told)
    return str(Client().post(path_of(visitor.provider, "endpoint"), {"SAMLResponse": field})["Location"])


def visitor_of(visitor: Visitor) -> Visitor:
    return Visitor(visitor.idp, visitor.provider, browser=Client())
