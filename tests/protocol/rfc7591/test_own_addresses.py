"""A program registers no address of this server: its code would end up on a page of ours, which people trust."""

from typing import Any

import pytest
from pytest_django import Settings

from tests.protocol.must import must
from tests.tokens.registering import WIKI, make_token, register
from tokens.models import Application

HERE = [
    "https://id.example.com/oauth-code",
    "https://id.example.com:443/",
    "https://ID.example.com/admin/",
    "https://id.example.com./oauth-code",
    "HTTPS://id.example.com/login?next=/x",
]
ELSEWHERE = ["https://id.example.com:8443/", "https://wiki.id.example.com/", "https://id.example.com.evil.com/"]
FIELDS: dict[str, Any] = {
    "redirect_uris": lambda address: [WIKI["redirect_uris"][0], address],
    "post_logout_redirect_uris": lambda address: [address],
    "backchannel_logout_uri": lambda address: address.replace("HTTPS", "https"),
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://id.example.com"


@must("§5", "a program that registers itself names no address of this server")
@pytest.mark.parametrize("address", HERE)
@pytest.mark.parametrize("field", FIELDS)
def test_an_address_here_is_refused(field: str, address: str) -> None:
    token = make_token()

    answer = register(token, {**WIKI, field: FIELDS[field](address)})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    assert field in answer.json()["error_description"]
    assert not Application.objects.filter(built_in=False).exists()
    assert register(token).status_code == 201


@must("§5", "an address elsewhere is taken")
@pytest.mark.parametrize("address", ELSEWHERE)
@pytest.mark.parametrize("field", FIELDS)
def test_another_address_is_not(field: str, address: str) -> None:
    assert register(make_token(), {**WIKI, field: FIELDS[field](address)}).status_code == 201


@must("§5", "a name has something that is seen")
@pytest.mark.parametrize("name", ["\u2800", "\u034f", "\u115f", "\u0301", "Wiki\u034f", "W\ufe0fiki"], ids=ascii)
def test_a_name_that_shows_nothing_is_refused(name: str) -> None:
    answer = register(make_token(), {**WIKI, "client_name": name})

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
