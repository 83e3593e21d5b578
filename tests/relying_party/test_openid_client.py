"""openid-client from npm, a certified relying party, through everything it knows how to ask."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.relying_party.us import ADMIN, Browser, Us, found

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CALLBACK = "http://127.0.0.1:9/callback"
AFTERWARDS = "http://127.0.0.1:9/bye"


class Flow:
    """A run of flows.mjs, told and heard line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def tell(self, **told: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout and self.process.stderr
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return dict(json.loads(line))


@contextmanager
def flow(name: str, us: Us, client: dict[str, Any], **more: str) -> Iterator[Flow]:
    pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(["node", "flows.mjs", name], cwd=HERE, text=True, **pipes) as process:
        run = Flow(process)
        told = {"issuer": us.issuer, "client_id": client["clientId"], "client_secret": client.get("secret")}
        run.tell(**told, redirect_uri=CALLBACK, **more)
        yield run
        process.kill()


@pytest.fixture(scope="module")
def shop(us: Us) -> dict[str, Any]:
    return us.register(
        "shop",
        grantTypes=["authorization_code", "refresh_token", "client_credentials"],
        redirectUris=[CALLBACK],
        postLogoutRedirectUris=[AFTERWARDS],
    )


def signed_in(run: Flow, browser: Browser) -> None:
    run.tell(url=browser.let(run.hear()["url"]))


def test_it_discovers_every_endpoint(us: Us, shop: dict[str, Any]) -> None:
    with flow("metadata", us, shop) as run:
        told = run.hear()

    assert told["issuer"] == us.issuer
    assert all(told[name].startswith(f"{us.issuer}/protocol/") for name in told if name.endswith("_endpoint"))


def test_it_signs_in_by_code_and_goes_on_by_refresh(us: Us, shop: dict[str, Any]) -> None:
    with flow("code", us, shop) as run:
        signed_in(run, Browser(us))
        told = run.hear()

    claims, userinfo = told["claims"], told["userinfo"]
    assert (claims["email"], userinfo["email"]) == (ADMIN["email"],) * 2
    assert claims["sub"] == userinfo["sub"] == told["refreshed"]["sub"]
    assert told["refreshed"]["refresh_token"] != told["first"]["refresh_token"]


def test_it_gives_tokens_back(us: Us, shop: dict[str, Any]) -> None:
    with flow("revocation", us, shop) as run:
        signed_in(run, Browser(us))
        told = run.hear()

    assert (told["before"]["active"], told["before"]["username"]) == (True, ADMIN["email"])
    assert (told["after"], told["refused"]) == ({"active": False}, "invalid_grant")


def test_it_signs_out_here_too(us: Us, shop: dict[str, Any]) -> None:
    browser = Browser(us)
    with flow("logout", us, shop, post_logout_redirect_uri=AFTERWARDS) as run:
        signed_in(run, browser)
        gone = browser.get(run.hear()["url"], timeout=5, allow_redirects=False)
        run.tell()
        told = run.hear()

    there = gone.headers.get("Location") or found('url=([^"]+)"', gone)
    assert there == f"{AFTERWARDS}?state=gone"
    assert told["refused"] == "invalid_grant"
    assert "/login" in browser.get(f"{us.url}/account/sessions", timeout=5).url


def test_a_robot_gets_a_token_and_asks_about_it(us: Us, shop: dict[str, Any]) -> None:
    with flow("robot", us, shop) as run:
        told = run.hear()

    assert told["tokens"]["token_type"] == "bearer"
    assert (told["introspected"]["active"], told["introspected"]["client_id"]) == (True, "shop")


def test_a_robot_proves_itself_by_a_key(us: Us) -> None:
    with flow("keyed", us, {"clientId": "keyed"}) as run:
        jwks = {"keys": [run.hear()["jwk"]]}
        us.register("keyed", tokenEndpointAuthMethod="private_key_jwt", jwks=jwks)
        run.tell()
        told = run.hear()

    assert told["tokens"]["expires_in"] == 3600


def test_a_device_waits_until_somebody_lets_it_in(us: Us) -> None:
    grants = ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]
    notebook = us.register("notebook", clientType="public", applicationType="native", grantTypes=grants)
    browser = Browser(us)
    browser.sign_in()

    with flow("device", us, notebook) as run:
        page = browser.get(run.hear()["url"], timeout=5)
        shown = browser.submit(page, f"{us.url}/device", user_code=found('name="user_code" value="([^"]+)"', page))
        token = found('name="request_token" value="([^"]+)"', shown)
        done: requests.Response = browser.submit(shown, f"{us.url}/device", request_token=token, decision="allow")
        told = run.hear()

    assert "is connected" in done.text
    assert (told["claims"]["email"], told["tokens"]["scope"]) == (ADMIN["email"], "openid email")
