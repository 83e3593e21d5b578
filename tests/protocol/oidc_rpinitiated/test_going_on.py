from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from tests.protocol.must import must
from tests.protocol.oidc_rpinitiated.leaving import GOODBYE, confirm, is_signed_in, leave
from tests.protocol.relying import destination, make_client
from tokens.models import Application


@must("§3", "people are sent to the registered post_logout_redirect_uri")
def test_it_sends_people_to_the_registered_address(bobs: Client, hint: str) -> None:
    answer = leave(bobs, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)

    assert destination(answer) == GOODBYE


@must("§3", "nobody is sent to an address that isn't registered, character by character")
@pytest.mark.parametrize(
    "changed", [f"{GOODBYE}/", f"{GOODBYE}?a=b", f"{GOODBYE}#a", GOODBYE.upper(), "https://evil.example/"]
)
def test_it_sends_nobody_elsewhere(bobs: Client, hint: str, changed: str) -> None:
    answer = leave(bobs, id_token_hint=hint, post_logout_redirect_uri=changed)

    assert "Location" not in answer
    assert changed not in answer.content.decode()


@must("§3", "an address of another client is not registered for this one")
def test_it_sends_nobody_to_another_clients_address(bobs: Client, hint: str) -> None:
    make_client("elsewhere", post_logout_redirect_uris="https://elsewhere.example/bye")

    answer = leave(bobs, id_token_hint=hint, post_logout_redirect_uri="https://elsewhere.example/bye")

    assert "Location" not in answer


@must("§3", "a sign-in address is no address after sign-out")
def test_it_sends_nobody_to_a_redirect_uri(bobs: Client, shop: Application, hint: str) -> None:
    answer = leave(bobs, id_token_hint=hint, post_logout_redirect_uri=shop.redirect_uris)

    assert "Location" not in answer


@must("§3", "an address is followed only for a client that is known: by the hint or by its name")
def test_it_sends_nobody_on_when_no_client_is_named(bobs: Client, shop: Application) -> None:
    question = leave(bobs, post_logout_redirect_uri=GOODBYE)

    answer = confirm(bobs, question)

    assert not is_signed_in(bobs)
    assert GOODBYE not in answer.content.decode()


@must("§3", "with its name alone, the client's address is followed after the person agreed")
def test_it_sends_on_who_confirmed(bobs: Client, shop: Application) -> None:
    question = leave(bobs, client_id="shop", post_logout_redirect_uri=GOODBYE)

    assert destination(confirm(bobs, question)) == GOODBYE


@must("§2", "state is passed on")
@pytest.mark.parametrize("state", ["s", "a b+c&d=e%20", "é✓"])
def test_it_passes_the_state_on(bobs: Client, hint: str, state: str) -> None:
    answer = leave(bobs, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state=state)

    assert dict(parse_qsl(urlsplit(destination(answer)).query)) == {"state": state}


@must("§3", "without a state there is none")
def test_it_invents_no_state(bobs: Client, hint: str) -> None:
    answer = leave(bobs, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)

    assert "state" not in destination(answer)


@must("§4", "what depends on something that is wrong isn't done: a bad hint leads nowhere")
def test_it_goes_nowhere_by_a_bad_hint(bobs: Client, shop: Application) -> None:
    answer = leave(bobs, id_token_hint="nonsense", client_id="shop", post_logout_redirect_uri=GOODBYE)

    assert answer.status_code == 400
    assert "Location" not in answer
    assert is_signed_in(bobs)


@must("§4", "an unknown client leads nowhere")
def test_it_goes_nowhere_for_an_unknown_client(bobs: Client) -> None:
    answer = leave(bobs, client_id="nobody", post_logout_redirect_uri=GOODBYE)

    assert answer.status_code == 400
    assert is_signed_in(bobs)
