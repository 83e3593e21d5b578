"""Break glass: whatever keeps the administrators out, the machine's own keyboard lets one in."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from access.models import AccessRule
from access.services import administrators
from accounts.models import SignInTries, User
from audit.models import Event
from tests import cast

pytestmark = pytest.mark.django_db


def resetadmin(email: str) -> str:
    """Answers the temporary password."""
    out = StringIO()
    call_command("resetadmin", email, stdout=out)
    found = re.search(r"password (\S+)$", out.getvalue().strip())
    assert found, out.getvalue()
    return found[1]


def signs_in(email: str, password: str) -> bool:
    return Client().post("/login", {"email": email, "password": password}).status_code == 302


def test_it_lets_an_administrator_in_who_forgot_the_password(ada: User) -> None:
    password = resetadmin("Ada@example.com")

    assert signs_in(ada.email, password)
    assert not signs_in(ada.email, cast.PASSWORD)
    assert User.objects.get().must_change_password


def test_it_makes_an_administrator_where_there_is_none(tree: cast.Tree) -> None:
    password = resetadmin("new@example.com")

    assert signs_in("new@example.com", password)
    assert [admin.email for admin in administrators()] == ["new@example.com"]


def test_it_enables_a_disabled_one(eve: User) -> None:
    assert signs_in(eve.email, resetadmin(eve.email))


def test_it_makes_one_local_who_came_by_an_identity_provider(ada: User) -> None:
    User.objects.update(is_local=False, password="!")

    assert signs_in(ada.email, resetadmin(ada.email))


def test_it_gives_the_role_back(ada: User) -> None:
    AccessRule.objects.update(deleted_at=timezone.now())

    resetadmin(ada.email)

    assert list(administrators()) == [ada]


def test_it_forgets_failed_tries(ada: User, alice: User) -> None:
    for _ in range(12):
        signs_in(ada.email, "wrong")
    assert SignInTries.objects.filter(count__gte=10).exists()

    assert signs_in(ada.email, resetadmin(ada.email))


def test_it_leaves_others_alone(ada: User, alice: User) -> None:
    before = User.objects.filter(pk=alice.pk).values().get()

    resetadmin(ada.email)

    assert User.objects.filter(pk=alice.pk).values().get() == before
    assert signs_in(alice.email, cast.PASSWORD)


def test_it_records_it(ada: User) -> None:
    password = resetadmin(ada.email)

    event = Event.objects.get(action="user:restore")
    assert (event.subject_type, event.entity_id) == ("System", str(ada.pk))
    assert password not in str(list(Event.objects.values()))


def test_it_refuses_what_is_no_address(tree: cast.Tree) -> None:
    with pytest.raises(CommandError, match=r"name@example\.com"):
        resetadmin("nobody")

    assert not User.objects.exists()
