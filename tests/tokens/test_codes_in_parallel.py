"""Whatever is good for one use, used twenty times at the same moment."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Event
from common.errors import Unauthenticated
from tests.protocol.oidc_core.assertions import assertion, make_signer, send
from tests.tokens.asking import SHOP_SECRET, authorize, code_in, make_shop, post_form, redeem, signed_in, userinfo
from tests.tokens.at_once import AT_ONCE, at_once, outcomes
from tokens.models import Application, AuthorizationCode, DeviceCode, Grant, SeenAssertion
from tokens.services.codes import find_code
from tokens.services.codes import redeem as redeem_found
from tokens.services.consents import remember

pytestmark = pytest.mark.django_db(transaction=True)

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def shop(keys: None) -> Application:
    return make_shop()


@pytest.fixture
def browser(alice: User, shop: Application) -> Client:
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


def the_one(answers: list[Any]) -> Any:
    [given] = [answer.json() for answer in answers if answer.status_code == 200]
    return given


def works(given: dict[str, str]) -> tuple[int, int]:
    """The status codes of using the access token, and of the refresh token."""
    refreshed = post_form("token", grant_type="refresh_token", refresh_token=given["refresh_token"])
    return userinfo(given["access_token"]).status_code, refreshed.status_code


def approved_device(browser: Client) -> str:
    waiting = post_form("auth/device", scope="openid").json()
    page = browser.post("/device", {"user_code": waiting["user_code"]})
    browser.post("/device", {"request_token": page.context["request_token"], "decision": "allow"})
    return str(waiting["device_code"])


def test_o05_one_redemption_of_a_code_succeeds(browser: Client) -> None:
    code = code_in(authorize(browser))

    answers = at_once(lambda: redeem(code))

    assert outcomes(answers) == {"ok": 1, "invalid_grant": AT_ONCE - 1}
    assert Grant.objects.count() == 1


def test_o05_a_replay_afterwards_ends_what_it_gave(browser: Client) -> None:
    code = code_in(authorize(browser))
    given = the_one(at_once(lambda: redeem(code)))

    replay = redeem(code)

    assert replay.json()["error"] == "invalid_grant"
    assert works(given) == (401, 400)
    assert AuthorizationCode.objects.get().grant_id == Grant.objects.exclude(revoked_at=None).get().pk


def test_o05_who_comes_second_by_a_hair_ends_what_the_first_was_given(browser: Client, shop: Application) -> None:
    code = code_in(authorize(browser))
    found = [find_code(code, application=shop) for _ in range(2)]
    assert found[0] and found[1]

    redeem_found(found[0])

    with pytest.raises(Unauthenticated):
        redeem_found(found[1])
    assert Grant.objects.get().revoked_at is not None
    assert Event.objects.get(action="code:replay").result == "Failed"


def test_o05_another_code_of_the_same_session_is_not_touched(browser: Client) -> None:
    used, other = code_in(authorize(browser)), code_in(authorize(browser))

    at_once(lambda: redeem(used))

    assert works(redeem(other).json()) == (200, 200)


def test_one_poll_of_an_approved_device_succeeds(browser: Client) -> None:
    device_code = approved_device(browser)

    answers = at_once(lambda: post_form("token", grant_type=DEVICE_GRANT, device_code=device_code))

    counted = outcomes(answers)
    assert (counted.pop("ok"), set(counted) <= {"slow_down", "invalid_grant"}) == (1, True)
    assert (DeviceCode.objects.count(), Grant.objects.count()) == (0, 1)


def test_o13_one_use_of_a_client_assertion_succeeds(keys: None) -> None:
    make_signer()
    shown = assertion()

    answers = at_once(lambda: send(shown))

    assert outcomes(answers) == {"ok": 1, "invalid_client": AT_ONCE - 1}
    assert SeenAssertion.objects.count() == 1


def test_a_secret_is_good_for_all_of_them(shop: Application) -> None:
    Application.objects.filter(pk=shop.pk).update(grant_types=["client_credentials"])
    shown = {"client_id": "shop", "client_secret": SHOP_SECRET}

    answers = at_once(lambda: post_form("token", grant_type="client_credentials", **shown))

    assert outcomes(answers) == {"ok": AT_ONCE}
