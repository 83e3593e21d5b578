"""§4.1.2 and §4.1.3: a code, and what is asked of who redeems it."""

from datetime import timedelta

import time_machine
from django.test import Client
from django.utils import timezone

from tests.protocol.must import must
from tests.protocol.relying import code_for, is_honoured, post, redeem
from tokens.models import Application, AuthorizationCode


@must("§4.1.2", "a code is used once")
@must("§10.5", "a code is used once, and its second use ends what it gave")
def test_a_code_is_good_once_and_ends_its_tokens_the_second_time(bobs: Client, shop: Application) -> None:
    code = code_for(bobs, shop)
    tokens = redeem(shop, code).json()

    again = redeem(shop, code)

    assert again.json()["error"] == "invalid_grant"
    assert not is_honoured(tokens["access_token"])


@must("§4.1.2", "a code lives for ten minutes at most")
@must("§10.5", "a code lives shortly")
def test_a_code_lives_for_a_minute(bobs: Client, shop: Application) -> None:
    code = code_for(bobs, shop)

    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert redeem(shop, code).json()["error"] == "invalid_grant"


@must("§10.10", "a code can't be guessed")
def test_a_code_has_more_than_160_random_bits(bobs: Client, shop: Application) -> None:
    codes = {code_for(bobs, shop) for _ in range(5)}

    assert len(codes) == 5
    assert {len(code) for code in codes} == {30} and all(code.isalnum() for code in codes)  # 62^30 > 2^178


@must("§10.5", "codes are kept confidential")
def test_the_database_holds_no_code(bobs: Client, shop: Application) -> None:
    code = code_for(bobs, shop)

    assert code not in str(AuthorizationCode.objects.values().get())


@must("§4.1.3", "the redirect URI of the request and of the redemption are the same")
@must("§10.6", "the redirect URI is compared again when the code is redeemed")
def test_it_wants_the_same_redirect_uri_again(bobs: Client, shop: Application) -> None:
    code = code_for(bobs, shop)

    assert redeem(shop, code, redirect_uri="https://shop.example.com/other").status_code == 400
    assert redeem(shop, code, redirect_uri=None).status_code in (200, 400)


@must("§4.1.3", "code is required")
@must("§3.2", "grant_type is required")
def test_it_wants_to_know_what_is_redeemed(shop: Application) -> None:
    codeless = post("token", shop, grant_type="authorization_code", redirect_uri="https://shop.example.com/callback")
    nothing = post("token", shop)

    assert (codeless.json()["error"], nothing.json()["error"]) == ("invalid_request", "invalid_request")


@must("§4.1.3", "a code that was never issued is refused")
@must("§5.2", "invalid_grant is for a grant that is wrong, over or somebody else's")
def test_it_refuses_a_code_that_it_never_gave(shop: Application) -> None:
    answer = redeem(shop, "x" * 30)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
