from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from common.errors import Invalid
from tests.protocol.must import must
from tests.protocol.relying import (
    allow,
    asks_for_consent,
    authorize,
    decide,
    destination,
    landed,
    make_public_client,
    post,
    redeem,
)
from tokens.client_metadata import Registration, revised
from tokens.models import Application
from tokens.services.clients import BUILT_IN

SCHEME = "com.example.notebook:/callback"
LOOPBACK = "http://127.0.0.1/callback http://[::1]/callback"


@pytest.fixture
def notebook(bob: User) -> Application:
    app = make_public_client("notebook", application_type="native", redirect_uris=f"{LOOPBACK} {SCHEME}")
    allow(bob, app)
    return app


def registered(uri: str, **more: object) -> Registration:
    native: dict[str, Any] = {"client_type": "public", "application_type": "native", **more}
    return revised(Registration(), {**native, "redirect_uris": [uri]})


@must("§7.3", "the port of a loopback redirect URI is free")
@must("§8.4", "redirect URIs are compared exactly but for that port")
@pytest.mark.parametrize("uri", ["http://127.0.0.1:51004/callback", "http://[::1]:51004/callback"])
def test_it_sends_people_to_any_port_of_the_loopback(bobs: Client, notebook: Application, uri: str) -> None:
    code = landed(answer := decide(bobs, authorize(bobs, notebook, redirect_uri=uri)))["code"]

    assert destination(answer).startswith(f"{uri}?")
    assert redeem(notebook, code, redirect_uri=uri).status_code == 200


@must("§8.4", "a path or host that was not registered is refused")
@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:51004/other", "http://localhost:51004/callback", "http://10.0.0.1/callback"]
)
def test_it_sends_people_nowhere_else(bobs: Client, notebook: Application, uri: str) -> None:
    assert authorize(bobs, notebook, redirect_uri=uri).status_code == 400


@must("§7.1", "a scheme of the app's own is possible")
@must("§8.7", "a scheme is a domain name in reverse")
def test_it_sends_people_to_the_apps_own_scheme(bobs: Client, notebook: Application) -> None:
    answer = decide(bobs, authorize(bobs, notebook, redirect_uri=SCHEME))

    assert destination(answer).startswith(f"{SCHEME}?code=")


@must("§7.1", "a scheme without a period is refused")
@pytest.mark.parametrize("uri", ["notebook:/callback", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_it_registers_no_other_scheme(uri: str) -> None:
    with pytest.raises(Invalid, match="redirect_uris"):
        registered(uri)


@must("§7.2", "an https address that the app claims is possible")
def test_it_registers_a_claimed_https_address() -> None:
    assert registered("https://app.example.com/callback").redirect_uris == ["https://app.example.com/callback"]


@must("§8.1", "a public native client can't go without PKCE")
@must("§6", "an authorization request without PKCE is refused")
def test_it_wants_pkce_from_native_apps(bobs: Client, notebook: Application) -> None:
    Application.objects.filter(pk=notebook.pk).update(require_pkce=False)

    there = landed(authorize(bobs, notebook, redirect_uri=SCHEME, code_challenge=None, code_challenge_method=None))

    assert there["error"] == "invalid_request"


@must("§8.1", "no registration excuses a native app from PKCE")
def test_it_registers_no_public_client_without_pkce() -> None:
    with pytest.raises(Invalid, match="require_pkce"):
        registered("https://app.example.com/callback", require_pkce=False)


@must("§8.2", "the implicit grant is not offered to native apps")
def test_it_answers_with_no_token(bobs: Client, notebook: Application) -> None:
    there = landed(authorize(bobs, notebook, redirect_uri=SCHEME, response_type="token"))

    assert there["error"] == "unsupported_response_type"


@must("§8.4", "native apps are registered as public clients")
@must("§8.5", "a secret that ships with an app proves nothing, and is none")
def test_its_own_native_apps_are_public() -> None:
    native = [name for name, fields in BUILT_IN.items() if fields.get("application_type") == "native"]

    assert "runai-cli" in native
    assert {client.client_type for client in Application.objects.filter(client_id__in=native)} == {"public"}


@must("§8.6", "people are asked before an app that can't prove itself gets anything")
def test_it_asks_before_somebody_elses_app_gets_anything(bobs: Client) -> None:
    make_public_client("stranger", application_type="native", redirect_uris=LOOPBACK)
    stranger = Application.objects.get(client_id="stranger")

    answer = authorize(bobs, stranger, redirect_uri="http://127.0.0.1:51004/callback")

    assert answer.status_code == 200
    assert "request_token" in answer.context


@must(
    "§8.6",
    "people are asked each time a program on their device wants a code, also one of ours that they let in before",
)
@pytest.mark.parametrize("uri", [SCHEME, *(f"http://{host}:51004/callback" for host in ("127.0.0.1", "[::1]"))])
def test_it_asks_each_time_for_a_program_on_the_device(bobs: Client, notebook: Application, uri: str) -> None:
    for first_party in (False, True):
        Application.objects.filter(pk=notebook.pk).update(first_party=first_party)
        asked = authorize(bobs, notebook, redirect_uri=uri)
        silently = landed(authorize(bobs, notebook, redirect_uri=uri, prompt="none"))

        assert asks_for_consent(asked) and "asked each time" in asked.content.decode()
        assert silently["error"] == "consent_required"
        assert "code" in landed(decide(bobs, asked))


@must("§8.6", "a web application that people let in is not asked about again")
def test_it_goes_on_silently_for_a_web_application(bobs: Client, shop: Application) -> None:
    assert "code" in landed(authorize(bobs, shop, prompt="none"))


@must("§8.4", "what an app may do is fixed with its registration")
def test_a_native_app_gets_nothing_for_itself(notebook: Application) -> None:
    assert post("token", notebook, grant_type="client_credentials").json()["error"] == "unauthorized_client"
