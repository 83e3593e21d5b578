"""Full round trips against pysaml2's own Server: the request is read and verified there, the answer here."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Session, User
from audit.models import Event
from sso.models import Attempt, IdentityProvider
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, failed_checks, jane, last_attempt


def test_it_makes_and_signs_in_whom_the_directory_names(visitor: Visitor) -> None:
    answer = visitor.sign_in(next="/account")

    assert (answer.status_code, answer["Location"]) == (302, "/account")
    assert visitor.is_signed_in()
    user = jane()
    assert (user.first_name, user.last_name, user.is_local) == ("Jane", "Smith", False)
    assert user.group_names() == ["developers", "gpu"]


def test_the_session_says_how_it_began(visitor: Visitor, provider: IdentityProvider) -> None:
    visitor.sign_in()

    session = Session.objects.get()
    assert (session.method, session.provider_id, session.kind) == ("fed", provider.pk, "browser")
    assert Attempt.objects.get().outcome == "signed in"
    assert Event.objects.filter(action="session:sign-in", result="Succeeded", subject="jane@acme.com").exists()


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"encrypted": True}, id="encrypted by AES-GCM"),
        pytest.param({"encrypted": True, "block": "aes128-cbc"}, id="encrypted by AES-CBC"),
        pytest.param({"sign_response": False}, id="the assertion alone signed"),
        pytest.param({"encrypted": True, "sign_response": False}, id="encrypted, the assertion alone signed"),
    ],
)
def test_it_takes_what_providers_send(visitor: Visitor, how: dict[str, Any]) -> None:
    visitor.sign_in(**how)

    assert last_attempt().outcome == "signed in", failed_checks(last_attempt())
    assert visitor.is_signed_in()


def test_to_sign_in_again_takes_few_statements(
    visitor: Visitor, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    visitor.sign_in()
    again = Visitor(visitor.idp, visitor.provider)

    with django_assert_max_num_queries(60):
        again.sign_in()
    assert again.is_signed_in()


def test_it_finds_the_same_user_again_by_the_name_id(visitor: Visitor) -> None:
    visitor.sign_in()
    Visitor(visitor.idp, visitor.provider).sign_in(attributes={**JANE, "email": ["jane.doe@acme.com"]})

    assert [user.email for user in User.objects.all()] == ["jane@acme.com"]


def test_a_provider_may_begin_it_where_that_is_allowed(tree: object, idp: IdP) -> None:
    visitor = Visitor(idp, connect(idp, allow_idp_initiated=True))

    answer = visitor.post(idp.unsolicited(name_id="jane-1", attributes=JANE), RelayState="/account")

    assert (answer.status_code, answer["Location"]) == (302, "/account")
    assert visitor.is_signed_in()
