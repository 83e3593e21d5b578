"""Settings | Sign-in asks a second factor of administrators and of roles, with days of grace."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from access.models import AccessRule
from accounts.models import GeneralSettings, Group, Session, User
from accounts.services.factors import remove_factor, reset_factors
from accounts.services.settings import update_general_settings
from common.actors import SYSTEM
from common.errors import Conflict, Invalid
from tests import cast
from tests.accounts.addresses import addresses
from tests.accounts.factors import code, enrol, second_step, show_password
from tests.accounts.test_factor_pages import ADD, LIST, add
from tests.conftest import APIAs
from tests.keys import plant_keys
from tests.tokens.asking import ask, by_password, by_refresh, call_api
from tokens.services.clients import ensure_built_in_clients

OPEN = (
    LIST,
    "/login",
    "/password",
    "/choose-password",
    "/recover",
    "/logout",
    "/static/",
    "/session",
    "/admin/login/",
    "/admin/logout/",
)


def asks(**changes: Any) -> None:
    update_general_settings(actor=SYSTEM, **{"second_factor_grace_days": 0, **changes})


def sign_in(user: User, **more: str) -> tuple[Client, str]:
    browser = Client()
    answer = browser.post("/login", {"email": user.email, "password": cast.PASSWORD, **more})
    return browser, answer["Location"]


@pytest.fixture
def held(ada: User) -> User:
    asks(second_factor_of_administrators=True)
    return ada


def test_who_must_add_one_is_led_there_and_can_do_nothing_else(held: User) -> None:
    browser, led = sign_in(held, next="/account")

    assert led == f"{LIST}?next=%2Faccount" and "nothing else opens" in browser.get(led).content.decode()
    for address in ("/", "/account", "/admin/", f"/admin/accounts/user/{held.pk}/change/"):
        assert browser.get(address)["Location"].startswith(LIST)
        assert browser.post(address)["Location"].startswith(LIST)


@pytest.mark.slow
def test_nothing_else_opens_over_the_whole_urlconf(held: User) -> None:
    browser, _ = sign_in(held)
    led = {address: browser.get(address) for address in addresses() if not address.startswith(OPEN)}

    stranger = Client()
    wrong = [
        address
        for address, answer in led.items()
        if not answer.headers.get("Location", "").startswith(LIST)
        and answer.status_code != stranger.get(address).status_code
    ]
    assert wrong == []


def test_everything_opens_when_one_is_added(held: User) -> None:
    browser, led = sign_in(held, next="/account")
    browser.get(led)

    page = add(browser)

    assert 'href="/account">I have kept them' in page.content.decode()
    assert browser.get("/admin/").status_code == 200


def test_adding_one_opens_also_when_the_sign_in_was_long_ago(held: User) -> None:
    """Nobody is locked out of it: they sign in once more, and come back."""
    browser, _ = sign_in(held)
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):
        again = browser.get(ADD)["Location"]
        browser.post(again, {"email": held.email, "password": cast.PASSWORD, "again": "1", "next": ADD})

        assert add(browser).status_code == 200


def test_no_token_is_given_or_honoured(held: User) -> None:
    plant_keys()
    ensure_built_in_clients()
    asks(second_factor_of_administrators=False)
    before = by_password(held)
    asks(second_factor_of_administrators=True)
    sign_in(held)

    answer = ask(grantType="password", username=held.email, password=cast.PASSWORD)

    assert answer.json()["details"] == "second_factor_due" and "sign in with a browser" in answer.json()["message"]
    assert call_api(before["accessToken"]).status_code == 401
    assert by_refresh(before["refreshToken"]).status_code == 400


def test_the_password_alone_gets_no_token_even_at_the_first_time(held: User) -> None:
    plant_keys()
    ensure_built_in_clients()

    assert ask(grantType="password", username=held.email, password=cast.PASSWORD).status_code == 400
    assert not Session.objects.exists()


def test_there_are_days_of_grace_from_the_first_sign_in_on(ada: User) -> None:
    asks(second_factor_of_administrators=True, second_factor_grace_days=7)
    browser, led = sign_in(ada)
    assert led.startswith(LIST) and "Later" in browser.get(led).content.decode()
    assert browser.get("/admin/").status_code == 200

    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert sign_in(ada)[0].get("/admin/")["Location"].startswith(LIST)


def test_it_is_asked_at_once_of_open_browsers_too(ada: User) -> None:
    browser, led = sign_in(ada)
    assert led == "/" and browser.get("/admin/").status_code == 200

    asks(second_factor_of_administrators=True)

    assert browser.get("/admin/")["Location"].startswith(LIST)


@pytest.mark.parametrize(("roles", "asked"), [(["L1 researcher"], True), (["Editor"], False), ([], False)])
def test_it_is_asked_of_roles_through_groups_too(bob: User, researchers: Group, roles: list[str], asked: bool) -> None:
    asks(second_factor_of_roles=roles)

    assert sign_in(bob)[1].startswith(LIST) == asked


def test_of_administrators_it_is_asked_of_nobody_else(charlie: User, held: User) -> None:
    assert sign_in(charlie)[1] == "/"


def test_it_is_not_asked_any_more_when_the_setting_is_taken_back(held: User) -> None:
    browser, _ = sign_in(held)

    asks(second_factor_of_administrators=False)

    assert browser.get("/admin/").status_code == 200
    held.refresh_from_db()
    assert held.second_factor_due_at is None


def test_nor_of_who_has_the_role_no_more(held: User) -> None:
    browser, _ = sign_in(held)

    AccessRule.objects.filter(subject_id=held.email).update(deleted_at=timezone.now())

    assert browser.get("/account").status_code == 200


def test_the_last_one_is_not_removed_by_who_must_have_one(held: User) -> None:
    enrol(held)
    factor = held.factors.get()

    with pytest.raises(Conflict, match="your last one"):
        remove_factor(user=held, factor_id=factor.pk, session=Session(user=held))
    asks(second_factor_of_administrators=False)
    remove_factor(user=held, factor_id=factor.pk, session=Session(user=held))
    assert not held.factors.exists()


def test_who_was_reset_is_led_to_add_one_again(held: User) -> None:
    enrol(held)

    reset_factors(actor=SYSTEM, user=held)

    assert sign_in(held)[1].startswith(LIST)


def test_who_comes_from_a_directory_is_not_asked_here(held: User) -> None:
    browser, _ = sign_in(held)
    User.objects.update(is_local=False)

    assert browser.get("/account").status_code == 200


def test_a_role_that_there_is_not_is_refused(db: None) -> None:
    with pytest.raises(Invalid, match="No role is called Emperor"):
        asks(second_factor_of_roles=["Emperor"])


def test_the_api_has_the_setting(api_as: APIAs, ada: User) -> None:
    plant_keys()
    api = api_as(ada)
    wanted = {"administrators": False, "roles": ["Editor"], "graceDays": 3, "stepUpMinutes": 5}

    assert api.put("/api/v1/security/settings/secondFactor", wanted, format="json").status_code == 200
    assert api.get("/api/v1/security/settings/secondFactor").json() == wanted
    for wrong in ({"graceDays": -1}, {"stepUpMinutes": 0}, {"roles": ["x"]}, {"roles": None}, {"roles": [["x"]]}):
        sent = {**wanted, **wrong}
        assert api.put("/api/v1/security/settings/secondFactor", sent, format="json").status_code == 400
    assert GeneralSettings.current().second_factor_of_roles == ["Editor"]


def test_the_second_step_leads_on_who_has_one(held: User) -> None:
    secret, _ = enrol(held)

    assert second_step(show_password(held), code(secret))["Location"] == "/"
