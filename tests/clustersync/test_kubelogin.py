"""kubectl oidc-login, asking as the generated kubeconfig has it ask: what it sends is what its source sends."""

import shlex
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt as pyjwt
import pytest
from django.test import Client

from accounts.models import Group, User
from clustersync.kubeconfigs import KubeconfigForm, KubeconfigOwner, kubeconfig
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from tests.tokens.asking import CHALLENGE, PROTOCOL, VERIFIER, signed_in
from tests.walking import steps
from tokens import jwt
from tokens.services.clients import ensure_built_in_clients

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
REDIRECT = "http://localhost:8000"


@pytest.fixture
def browser(keys: None, bob: User, researchers: Group) -> Client:
    ensure_built_in_clients()
    return signed_in(bob)


Flags = dict[str, list[str]]
CACHE = "--token-cache-dir"


def flags_of(cluster: Cluster, form: KubeconfigForm) -> Flags:
    """What the kubeconfig tells kubelogin, by the name of the flag."""
    cluster.api_url = "https://prod.example.com:6443"
    config: Any = kubeconfig([facts_of(cluster)], person=KubeconfigOwner(name="bob"), form=form)
    return by_name(config["users"][0]["user"]["exec"]["args"])


def by_name(arguments: list[str]) -> Flags:
    found: Flags = {}
    for argument in arguments:
        name, _, value = argument.partition("=")
        found.setdefault(name, []).append(value)
    return found


def typed(word: str) -> list[str]:
    """The commands of docs/applications.md for kubelogin that have this word."""
    section = steps("docs/applications.md", "kubectl, by kubelogin")
    return [step.commands.replace("\\\n", " ") for step in section if f" {word} " in step.commands]


def documented(cluster: Cluster) -> dict[KubeconfigForm, Flags]:
    """What people type, as kubelogin gets it."""
    filled = [
        text.replace("https://IDENTITY", facts_of(cluster).origin).replace("AUDIENCE", cluster.audience)
        for text in typed("get-token")
    ]
    flags = [by_name(shlex.split(text)[1:]) for text in filled]
    return {KubeconfigForm.DEVICE_CODE if "--grant-type" in one else KubeconfigForm.OIDC_LOGIN: one for one in flags}


def post(path: str, **body: str) -> dict[str, Any]:
    form = urlencode({"client_id": "runai-cli", **body})
    answer = Client().post(f"{PROTOCOL}/{path}", form, content_type="application/x-www-form-urlencoded")
    return dict(answer.json())


def audience_of(tokens: dict[str, Any]) -> object:
    return jwt.read_for_anybody(tokens["access_token"])["aud"]


def by_device(browser: Client, flags: Flags) -> dict[str, Any]:
    waiting = post("auth/device", scope=" ".join(["openid", *flags["--oidc-extra-scope"]]))
    shown = browser.post("/device", {"user_code": waiting["user_code"]})
    browser.post("/device", {"request_token": shown.context["request_token"], "decision": "allow"})
    return post("token", grant_type=GRANT, device_code=waiting["device_code"])


def by_browser(browser: Client, flags: Flags, client_id: str = "runai-cli") -> dict[str, Any]:
    extra = dict(one.split("=", 1) for one in flags.get("--oidc-auth-request-extra-params", []))
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "scope": "openid",
        "state": "s",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **extra,
    }
    page = browser.get(f"{PROTOCOL}/auth", asked).context
    allowed = {"request_token": page["request_token"], "decision": "allow"}
    back = browser.post(f"{PROTOCOL}/auth/consent?{page['query']}", allowed)
    (code,) = parse_qs(urlsplit(back.context["to"]).query)["code"]
    redeemed = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    return post("token", **redeemed, code_verifier=VERIFIER, client_id=client_id)


@pytest.mark.parametrize(
    ("form", "sign_in"), [(KubeconfigForm.OIDC_LOGIN, by_browser), (KubeconfigForm.DEVICE_CODE, by_device)]
)
def test_it_gets_a_token_for_the_cluster_and_goes_on_getting_one(
    browser: Client, prod: Cluster, form: KubeconfigForm, sign_in: Any
) -> None:
    tokens = sign_in(browser, flags_of(prod, form))

    renewed = post("token", grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    assert audience_of(tokens) == audience_of(renewed) == prod.audience
    assert tokens["id_token"]
    assert renewed["id_token"]


@pytest.mark.parametrize("form", [KubeconfigForm.OIDC_LOGIN, KubeconfigForm.DEVICE_CODE])
def test_the_docs_say_what_the_kubeconfig_says(prod: Cluster, form: KubeconfigForm) -> None:
    generated = {name: values for name, values in flags_of(prod, form).items() if name != CACHE}

    assert documented(prod)[form] == generated


def test_a_login_node_needs_the_scope(browser: Client, prod: Cluster) -> None:
    tokens = by_device(browser, {**documented(prod)[KubeconfigForm.DEVICE_CODE], "--oidc-extra-scope": []})

    assert audience_of(tokens) == "urn:runai:api"


def test_a_cluster_with_the_platforms_flags_takes_the_id_token_of_its_client(browser: Client, prod: Cluster) -> None:
    (setup,) = typed("setup")
    (client_id,) = by_name(shlex.split(setup))["--oidc-client-id"]

    tokens = by_browser(browser, {}, client_id)

    assert pyjwt.decode(tokens["id_token"], options={"verify_signature": False})["aud"] == client_id


def test_who_approves_the_device_sees_the_cluster(browser: Client, prod: Cluster) -> None:
    (scope,) = flags_of(prod, KubeconfigForm.DEVICE_CODE)["--oidc-extra-scope"]
    waiting = post("auth/device", scope=f"openid {scope}")

    assert "prod" in browser.post("/device", {"user_code": waiting["user_code"]}).content.decode()


@pytest.mark.parametrize(
    ("scope", "resource", "error"),
    [
        ("audience:server:client_id:nobody", "", "invalid_target"),
        ("audience:server:client_id:runai", "runai-prod-c0000000", "invalid_target"),
        ("audience:server:client_id:a audience:server:client_id:b", "", "invalid_target"),
        ("audience:client:runai", "", "invalid_scope"),
    ],
)
def test_a_device_gets_no_other_audience(browser: Client, prod: Cluster, scope: str, resource: str, error: str) -> None:
    asked = {"resource": resource} if resource else {}

    assert post("auth/device", scope=f"openid {scope}", **asked)["error"] == error


def test_a_device_that_names_the_same_twice_gets_it(browser: Client, prod: Cluster) -> None:
    scope = f"openid audience:server:client_id:{prod.audience}"

    assert "user_code" in post("auth/device", scope=scope, audience=prod.audience)
