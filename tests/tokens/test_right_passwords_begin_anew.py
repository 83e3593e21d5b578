"""A right password gives an account all its tries again, wherever it was typed and whatever is refused afterwards."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests import cast
from tests.tokens.asking import ask

HERE = "192.0.2.10"
WRONG = "Wrong-Horse-1"
LetsIn = Callable[[User, str], bool]


def page(user: User, password: str) -> bool:
    return Client(REMOTE_ADDR=HERE).post("/login", {"email": user.email, "password": password}).status_code == 302


def api(user: User, password: str) -> bool:
    return bool(ask(grantType="password", username=user.email, password=password).status_code == 200)


def platforms_endpoint(user: User, password: str) -> bool:
    form = urlencode({"grant_type": "password", "username": user.email, "password": password})
    kind = "application/x-www-form-urlencoded"
    return Client(REMOTE_ADDR=HERE).post("/api/v2/token", form, content_type=kind).status_code == 200


def use_all_tries_but_one(user: User, lets_in: LetsIn) -> None:
    for _ in range(settings.SIGN_IN_TRIES_PER_ACCOUNT - 1):
        assert not lets_in(user, WRONG)


@pytest.mark.parametrize("lets_in", [page, api, platforms_endpoint])
def test_it_does_where_it_lets_in(alice: User, lets_in: LetsIn) -> None:
    for _ in range(3):
        use_all_tries_but_one(alice, lets_in)

        assert lets_in(alice, cast.PASSWORD)


@pytest.mark.parametrize("lets_in", [api, platforms_endpoint])
def test_it_does_where_another_has_to_be_chosen_first(alice: User, lets_in: LetsIn) -> None:
    User.objects.filter(pk=alice.pk).update(must_change_password=True)
    use_all_tries_but_one(alice, lets_in)
    assert not lets_in(alice, cast.PASSWORD)
    use_all_tries_but_one(alice, lets_in)
    User.objects.filter(pk=alice.pk).update(must_change_password=False)

    assert lets_in(alice, cast.PASSWORD)


@pytest.mark.parametrize("lets_in", [page, api, platforms_endpoint])
def test_a_wrong_one_does_not(alice: User, lets_in: LetsIn) -> None:
    use_all_tries_but_one(alice, lets_in)
    assert not lets_in(alice, WRONG)

    assert not lets_in(alice, cast.PASSWORD)
