import base64

import pytest
from django.test import Client

from common.hashes import sha256_of
from tests.protocol.must import must
from tests.protocol.relying import (
    SECRET,
    basic,
    code_for,
    make_client,
    metadata,
    post,
    redeem,
    tokens_for,
)
from tokens.models import Application

ASK = {"grant_type": "client_credentials"}


@must("§9", "client_secret_basic: the secret comes in the Authorization header")
def test_it_takes_the_secret_in_the_header(shop: Application) -> None:
    assert post("token", shop, basic(shop), **ASK).status_code == 200


@must("§9", "client_secret_post: the secret comes in the body")
def test_it_takes_the_secret_in_the_body(keys: None) -> None:
    make_client("poster", token_endpoint_auth_method="client_secret_post")

    assert post("token", None, client_id="poster", client_secret=SECRET, **ASK).status_code == 200


@must("§9", "a client that registered no method uses client_secret_basic")
def test_it_registers_client_secret_basic_by_default() -> None:
    assert Application().token_endpoint_auth_method == "client_secret_basic"


@must("§9", "a client that has neither secret nor key doesn't authenticate: none")
def test_it_takes_a_public_client_by_its_name(bobs: Client, page: Application) -> None:
    assert tokens_for(bobs, page)["token_type"] == "Bearer"


@must("§9", "who is registered for a secret isn't taken by name")
def test_it_refuses_a_name_without_the_secret(shop: Application) -> None:
    answer = post("token", None, client_id="shop", **ASK)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


@must("§9", "a wrong secret is an invalid_client")
@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + " "])
def test_it_refuses_a_wrong_secret(shop: Application, secret: str) -> None:
    answer = post("token", shop, basic(shop, secret), **ASK)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert answer["WWW-Authenticate"].startswith("Basic")


@must("§9", "one method is used in a request, not two")
def test_it_refuses_two_methods_at_once(shop: Application) -> None:
    answer = post("token", shop, basic(shop), client_secret=SECRET, **ASK)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


@must("§9", "a client that is registered for a key gets nothing by a secret")
def test_it_refuses_a_secret_of_a_client_with_a_key(keys: None) -> None:
    signer = make_client("signer", token_endpoint_auth_method="private_key_jwt", secret_hash=sha256_of(SECRET))

    assert post("token", signer, basic(signer), **ASK).status_code == 401
    assert post("token", None, client_id="signer", client_secret=SECRET, **ASK).status_code == 401


@must("§9", "a client that is registered for none gets nothing by a secret")
def test_it_refuses_a_secret_of_a_public_client(bobs: Client, page: Application) -> None:
    code = code_for(bobs, page)

    assert post("token", page, basic(page), code=code, grant_type="authorization_code").status_code == 401


@must("§9", "another client's secret proves nothing")
def test_it_refuses_the_secret_of_another_client(bobs: Client, shop: Application, other: Application) -> None:
    Application.objects.filter(pk=other.pk).update(secret_hash=sha256_of("another-secret"))

    assert redeem(shop, code_for(bobs, shop), headers=basic(shop, "another-secret")).status_code == 401


@must("§9", "client id and secret are form-encoded before they go into the header")
def test_it_decodes_both_halves_of_the_header(keys: None) -> None:
    coded = make_client("coded-client", secret_hash=sha256_of("se:cret+/%"))
    pair = base64.b64encode(b"coded%2Dclient:se%3Acret%2B%2F%25").decode()

    assert post("token", coded, {"Authorization": f"Basic {pair}"}, **ASK).status_code == 200


@must("§9", "the methods that are offered are listed, and no other")
def test_it_lists_its_methods() -> None:
    assert set(metadata()["token_endpoint_auth_methods_supported"]) == {
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none",
    }
