"""RFC 7591 with an initial access token: what it answers is what the client is, and may use at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import User
from common.hashes import sha256_of
from tests.tokens.asking import authorize, code_in, redeem, signed_in
from tests.tokens.registering import CALLBACK, DEVICE, WIKI, make_token, register
from tokens.models import Application, RegistrationToken
from tokens.models.applications import every_scope
from tokens.services.consents import remember
from tokens.services.registration import delete_registration_token


@pytest.fixture
def token() -> str:
    return make_token()


def registered() -> list[Application]:
    return list(Application.objects.filter(built_in=False))


def test_it_registers_a_client_that_signs_people_in_with_their_consent(token: str, bob: User) -> None:
    made = register(token).json()
    who = {"client_id": made["client_id"], "redirect_uri": CALLBACK}
    browser = signed_in(bob)

    asked = authorize(browser, **who)
    remember(user=bob, application=Application.objects.get(client_id=made["client_id"]), scopes=every_scope())
    issued = redeem(code_in(authorize(browser, **who)), client_secret=made["client_secret"], **who)

    assert (asked.status_code, "asks to sign you in" in asked.content.decode()) == (200, True)
    assert (issued.status_code, issued.json()["scope"]) == (200, "openid email groups")


def test_nobody_keeps_its_answer(token: str) -> None:
    answer = register(token)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")


REGISTERED = {
    "client_name": "Team Wiki",
    "redirect_uris": [CALLBACK],
    "post_logout_redirect_uris": [],
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "application_type": "web",
    "token_endpoint_auth_method": "client_secret_basic",
    "client_secret_expires_at": 0,
    "scope": "openid email",
    "subject_type": "public",
    "id_token_signed_response_alg": "RS256",
    "backchannel_logout_session_required": True,
}


def test_it_answers_what_was_registered(token: str) -> None:
    made = register(token, {**WIKI, "scope": "openid email", "software_id": "not understood"}).json()

    application = Application.objects.get(client_id=made["client_id"])
    assert application.secret_hash == sha256_of(made.pop("client_secret"))
    assert made.pop("client_id").startswith("team-wiki-")
    assert made.pop("client_id_issued_at") == int(application.created_at.timestamp())
    assert made == REGISTERED


def test_it_registers_a_client_without_a_secret(token: str) -> None:
    metadata = {"token_endpoint_auth_method": "none", "grant_types": [DEVICE], "response_types": []}

    made = register(token, metadata).json()

    assert made["client_id"].startswith("client-")
    assert not {"client_secret", "client_secret_expires_at"} & made.keys()
    assert (made["grant_types"], made["response_types"]) == ([DEVICE], [])


def test_what_it_registers_is_somebody_elses(token: str) -> None:
    register(token)

    (made,) = registered()
    assert (made.first_party, made.built_in, made.audiences, made.require_pkce) == (False, False, [], True)
    assert made.created_by == "registration token: wiki team"


@pytest.mark.parametrize(
    "more",
    [
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["authorization_code", "client_credentials"]},
        {"grant_types": ["implicit"]},
        {"grant_types": 5},
        {"response_types": ["token"]},
        {"response_types": ["code id_token"]},
        {"client_name": 5},
        {"client_name": "x" * 101},
        {"scope": "openid admin"},
        {"scope": 5},
        {"subject_type": "pairwise"},
        {"jwks_uri": "https://wiki.example.com/keys"},
        {"jwks": None, "token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"id_token_signed_response_alg": "none"},
        {"backchannel_logout_uri": "http://127.0.0.1/logout"},
        {"backchannel_logout_uri": "HTTP://127.0.0.1/logout"},
        {"backchannel_logout_uri": " http://127.0.0.1/logout"},
        {"client_name": "Control plane"},
        {"client_name": " command LINE "},
        {"client_name": "runai"},
        {"application_type": "desktop"},
    ],
)
def test_it_refuses_bad_metadata_and_keeps_the_token_good(token: str, more: dict[str, object]) -> None:
    refused = register(token, {**WIKI, **more})

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
    assert refused.json()["error_description"].startswith(f"{next(iter(more))}: ")
    assert registered() == []
    assert register(token).status_code == 201


@pytest.mark.parametrize("uris", [None, [], CALLBACK, ["http://wiki.example.com/"], ["https://wiki.example.com/#x"]])
def test_it_refuses_bad_redirect_uris(token: str, uris: object) -> None:
    refused = register(token, {"redirect_uris": uris})

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_redirect_uri")
    assert "redirect_uris" in refused.json()["error_description"]


@pytest.mark.parametrize(
    "more", [{"first_party": True}, {"audiences": ["runai"]}, {"require_pkce": False}, {"built_in": True}]
)
def test_it_ignores_what_is_no_client_metadata(token: str, more: dict[str, object]) -> None:
    assert register(token, {**WIKI, **more}).status_code == 201

    (made,) = registered()
    assert (made.first_party, made.audiences, made.require_pkce, made.built_in) == (False, [], True, False)


@pytest.mark.parametrize("body", ["", "[]", "{", '{"client_name": "a", "client_name": "b"}', b"\xff", "x" * 3_000_000])
def test_it_refuses_what_is_no_json_object(token: str, body: str | bytes) -> None:
    assert register(token, body).status_code == (413 if len(body) > 32_768 else 400)


def test_it_refuses_a_form(token: str) -> None:
    refused = register(token, "client_name=x", content_type="application/x-www-form-urlencoded")

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    ("shown", "challenge"),
    [
        (None, "Bearer"),
        ("wrong", 'Bearer error="invalid_token"'),
        ("two words", 'Bearer error="invalid_token"'),
    ],
)
def test_it_refuses_who_has_no_token(token: str, shown: str | None, challenge: str) -> None:
    refused = register(shown)

    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert refused.headers["WWW-Authenticate"] == challenge
    assert registered() == []


def test_a_token_is_used_up(db: None) -> None:
    token = make_token(uses=2)

    assert [register(token).status_code for _ in range(3)] == [201, 201, 401]


def test_a_token_expires() -> None:
    token = make_token(days=7)

    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert register(token).status_code == 401


def test_a_deleted_token_is_refused(ada: User, token: str) -> None:
    delete_registration_token(actor=ada, token=RegistrationToken.objects.get())

    assert register(token).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_one_use_is_one_client_however_many_ask_at_once() -> None:
    token = make_token()

    def ask(_: int) -> int:
        try:
            return int(register(token).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(ask, range(8)))

    assert (statuses, len(registered())) == ([201] + [401] * 7, 1)
