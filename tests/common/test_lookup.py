"""A look-up answers what the ORM answers, on every database, and looks again each time."""

from uuid import uuid4

import pytest
from django.forms import model_to_dict
from pytest_django import DjangoAssertNumQueries

from accounts.models import Session, User
from accounts.models.sessions import Kind
from accounts.services.sessions import start_session
from common.lookup import Listing, LookUp
from tests import cast
from tokens.models import Application

session_with_user = LookUp(lambda: Session.objects.select_related("user"), by="pk", like=uuid4())
application_named = LookUp(Application.objects.all, by="client_id", like="")


def test_it_gets_the_row_as_the_orm_does(robo: Application) -> None:
    found = application_named("robo")

    assert found == robo
    assert model_to_dict(found) == model_to_dict(Application.objects.get(client_id="robo"))
    assert (found.grant_types, found.created_at, found._state.adding) == (robo.grant_types, robo.created_at, False)


def test_it_gets_what_is_joined_to_it(alice: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    session = start_session(user=alice, kind=Kind.BROWSER)

    with django_assert_num_queries(1):
        found = session_with_user(session.pk)
        assert found is not None and (found.pk, found.user.email) == (session.pk, alice.email)

    assert found.expires_at == Session.objects.get().expires_at


def test_it_can_be_saved_like_any_other(robo: Application) -> None:
    found = application_named("robo")
    assert found is not None

    found.display_name = "Robo"
    found.save()

    assert Application.objects.get(client_id="robo").display_name == "Robo"


def test_it_looks_again_each_time(robo: Application) -> None:
    before = application_named("robo")
    Application.objects.filter(pk=robo.pk).update(enabled=False)
    after = application_named("robo")

    assert before is not None and after is not None
    assert (before.enabled, after.enabled) == (True, False)


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["", "nobody", "robo' or '1'='1", "%s", "ROBO"])
def test_it_gets_nothing_for_what_is_not_there(value: str) -> None:
    assert application_named(value) is None


def test_it_lists_what_the_orm_lists_and_looks_again_each_time(alice: User) -> None:
    for name in ("dancers", "authors"):
        cast.make_group(name, alice)
    before = alice.group_names()
    alice.group_set.get(name="dancers").delete()

    assert (before, alice.group_names()) == (["authors", "dancers"], ["authors"])


def test_a_listing_refuses_parameters_that_are_not_the_querys(alice: User) -> None:
    users = Listing[str](lambda email: User.objects.filter(email=email).values_list("email"), parameters=lambda _: [[]])

    with pytest.raises(AssertionError):
        users(alice.email)
