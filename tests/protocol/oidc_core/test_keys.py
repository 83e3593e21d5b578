import time

import jwt as pyjwt
import pytest
import time_machine
from django.test import Client

from common.actors import SYSTEM
from tests.protocol.must import must
from tests.protocol.relying import PROTOCOL, claims_of, metadata, tokens_for
from tokens import keyring
from tokens.models import Application
from tokens.models.keys import Algorithm
from tokens.services.keys import rotate


def published() -> dict[str, dict[str, str]]:
    return {key["kid"]: key for key in Client().get(f"{PROTOCOL}/certs").json()["keys"]}


@must("§10.1", "a signature names its key, as there are several")
@pytest.mark.parametrize("token", ["id_token", "access_token"])
def test_it_names_the_key_of_a_signature(bobs: Client, shop: Application, token: str) -> None:
    assert pyjwt.get_unverified_header(tokens_for(bobs, shop)[token])["kid"] in published()


@must("§10.1", "the algorithm is the one that the client registered")
@must("§15.1", "RS256 is supported")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_it_signs_as_the_client_registered(bobs: Client, shop: Application, algorithm: str) -> None:
    Application.objects.update(algorithm=algorithm)

    assert pyjwt.get_unverified_header(tokens_for(bobs, shop)["id_token"])["alg"] == algorithm


@must("§10.1", "no key is shared by two uses, and none private is published")
def test_it_publishes_public_signing_keys_only() -> None:
    for key in published().values():
        assert key["use"] == "sig"
        assert not {"d", "p", "q", "k"} & set(key)


@must("§10.1", "the key fits the algorithm of the signature")
def test_it_publishes_a_key_for_each_algorithm() -> None:
    assert {key["alg"] for key in published().values()} == set(metadata()["id_token_signing_alg_values_supported"])


@must("§10.1.1", "a key that no longer signs stays published while its tokens live")
def test_it_verifies_tokens_of_the_key_before(bobs: Client, shop: Application) -> None:
    before = tokens_for(bobs, shop)["id_token"]

    with time_machine.travel(time.time() + 25 * 3600):
        rotate(actor=SYSTEM, algorithm=Algorithm.RS256)
    keyring.forget()
    after = tokens_for(bobs, shop)["id_token"]

    assert pyjwt.get_unverified_header(before)["kid"] != pyjwt.get_unverified_header(after)["kid"]
    assert claims_of(before, "shop")["sub"] == claims_of(after, "shop")["sub"]


@must("§10.1.1", "how long the keys may be kept is said by the answer")
def test_it_says_how_long_the_keys_may_be_cached() -> None:
    assert "max-age=" in Client().get(f"{PROTOCOL}/certs")["Cache-Control"]
