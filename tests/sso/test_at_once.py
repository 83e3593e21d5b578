"""The same answer brought by many at the same moment: one signs in, whichever process takes it."""

import pytest
from django.test import Client

from accounts.models import Session
from tests import cast
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, path_of
from tests.tokens.at_once import AT_ONCE, at_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


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


def visitor_of(visitor: Visitor) -> Visitor:
    return Visitor(visitor.idp, visitor.provider, browser=Client())
