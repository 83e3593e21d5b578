"""What ends here ends at the provider, and what ends there ends here. S23 has what ends nothing."""

from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from django.test import Client

from accounts.models import Session
from sso.models import IdentityProvider
from tests.sso.signing_in import Visitor, path_of


def followed(visitor: Visitor) -> Any:
    """The browser signs out here; where it is sent with that."""
    page = visitor.browser.post("/logout")
    assert page.templates[0].name == "accounts/signed_out.html"
    return visitor.browser.get(page.context["elsewhere"])


def index() -> str:
    return str(Session.objects.get().at_provider.session_index)


def test_signing_out_here_signs_out_there(visitor: Visitor) -> None:
    visitor.sign_in()
    there = index()

    sent = visitor.idp.read_logout(followed(visitor)["Location"])

    assert (sent.name_id, sent.session_indexes) == ("jane-1", (there,))
    assert not visitor.is_signed_in()


def test_the_providers_answer_brings_the_browser_back(visitor: Visitor) -> None:
    visitor.sign_in()
    sent = visitor.idp.read_logout(followed(visitor)["Location"])

    answer = visitor.browser.get(str(visitor.idp.logout_response(sent, binding="redirect")))

    assert (answer.status_code, answer["Location"]) == (302, "/login?signed-out")
    assert "You are signed out." in visitor.browser.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("relay_state", ["", "state of theirs"])
@pytest.mark.parametrize("binding", ["redirect", "post"])
def test_the_provider_ends_the_session_that_it_means(visitor: Visitor, binding: Any, relay_state: str) -> None:
    other = Visitor(visitor.idp, visitor.provider)
    other.sign_in(name_id="john-1", attributes={"email": ["john@acme.com"]})
    visitor.sign_in()

    request = visitor.idp.logout_request("jane-1", binding=binding, relay_state=relay_state)
    path = path_of(visitor.provider, "logout")
    answer = Client().get(str(request)) if binding == "redirect" else Client().post(path, request)

    assert not visitor.is_signed_in()
    assert other.is_signed_in()
    assert visitor.idp.read_logout(answer["Location"]).in_response_to


def test_a_request_that_could_not_be_carried_out_is_taken_again(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.sign_in()
    request = str(visitor.idp.logout_request("jane-1", binding="redirect"))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("sso.services.logout.revoke_session", Mock(side_effect=OperationalError("it is away")))
        assert Client(raise_request_exception=False).get(request).status_code == 503
    assert visitor.is_signed_in()

    Client().get(request)

    assert not visitor.is_signed_in()


def test_whoever_was_signed_out_there_reads_so_here(visitor: Visitor) -> None:
    visitor.sign_in()
    Client().get(str(visitor.idp.logout_request("jane-1", index(), binding="redirect")))

    visitor.browser.get("/")

    assert "signed out at your organisation" in visitor.browser.get("/login").content.decode()


def test_a_provider_without_a_place_for_it_is_not_told(visitor: Visitor) -> None:
    visitor.sign_in()
    peer = {**visitor.provider.peer, "sign_out": {}}
    IdentityProvider.objects.update(peer=peer)

    assert visitor.browser.post("/logout")["Location"] == "/login?signed-out"


def test_nobody_signs_others_out_there_by_the_id_of_their_session(visitor: Visitor) -> None:
    visitor.sign_in()
    session = Session.objects.get()

    answer = Client().get("/auth/realms/runai/broker/sign-out", {"session": str(session.pk)})

    assert answer["Location"] == "/login?signed-out"
    assert visitor.is_signed_in()
