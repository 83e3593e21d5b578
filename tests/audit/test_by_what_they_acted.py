"""An audit entry names the client, the session and the token by which somebody acted, or the command at the console."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from audit.models import Event
from clustersync.models import Cluster, ClusterCredential, CredentialKind
from common import context
from common.hashes import sha256_of
from tests import cast
from tests.keys import plant_keys
from tests.tokens import asking
from tests.tokens.asking import by_password, by_refresh, by_secret, post_form, signed_in
from tokens import jwt
from tokens.models import Application
from tokens.services.consents import remember


@dataclass
class World:
    ada: User
    robo: Application
    prod: Cluster


@pytest.fixture
def world(ada: User, robo: Application, prod: Cluster, tree: cast.Tree) -> World:
    plant_keys()
    cast.rule("app", robo.client_id, "System administrator", tree.tenant)
    shop = asking.make_shop()
    remember(user=ada, application=shop, scopes=shop.scopes)
    return World(ada, robo, prod)


def make_group(token: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    answer = client.post("/api/v1/groups", {"name": "made"})
    assert answer.status_code == 201, answer.content


def jti(token: str) -> str:
    return str(jwt.read_for_anybody(token)["jti"])


def the_session(kind: SessionKind) -> str:
    return str(Session.objects.filter(kind=kind).latest("created_at").pk)


By = tuple[str, str, str]
"""client, session, token"""


def a_person_in_the_browser(world: World) -> By:
    signed_in(world.ada).post("/admin/accounts/group/add/", {"name": "made", "description": ""})
    return "", the_session(SessionKind.BROWSER), ""


def a_person_at_the_api(world: World) -> By:
    token = by_password(world.ada)["accessToken"]
    make_group(token)
    return "cli", the_session(SessionKind.DEVICE), jti(token)


def a_person_after_a_refresh(world: World) -> By:
    token = by_refresh(by_password(world.ada)["refreshToken"]).json()["accessToken"]  # type: ignore[attr-defined]  # a test client's
    make_group(token)
    return "cli", the_session(SessionKind.DEVICE), jti(token)


def an_application_at_the_api(world: World) -> By:
    token = by_secret(world.robo)["accessToken"]
    make_group(token)
    return "robo", "", jti(token)


def who_signs_in_in_the_browser(world: World) -> By:
    signed_in(world.ada)
    return "", the_session(SessionKind.BROWSER), ""


def who_signs_in_by_password_at_the_api(world: World) -> By:
    by_password(world.ada)
    return "cli", the_session(SessionKind.DEVICE), ""


def a_client_that_redeems_a_code(world: World) -> By:
    asking.redeem(asking.code_in(asking.authorize(signed_in(world.ada))))
    return "shop", the_session(SessionKind.BROWSER), ""


def a_client_that_gives_a_token_back(world: World) -> By:
    given = asking.redeem(asking.code_in(asking.authorize(signed_in(world.ada)))).json()
    post_form("revoke", token=given["refresh_token"])
    return "shop", "", ""


def an_agent(world: World) -> By:
    ClusterCredential.objects.create(cluster=world.prod, kind=CredentialKind.AGENT, secret_hash=sha256_of("agent"))
    report = {"agent": "a", "seconds": 1, "applied": 1, "unchanged": 0, "pruned": 0, "failed": 0, "drift": []}
    answer = Client().put(
        f"/api/v1/clusters/{world.prod.pk}/rbac/status",
        json.dumps({**report, "problems": [], "rules": []}),
        content_type="application/json",
        headers={"Authorization": "Bearer agent"},
    )
    assert answer.status_code == 204, answer.content
    return f"agent:{world.prod.pk}", "", ""


def a_stranger(world: World) -> By:
    Client().post("/login", {"email": world.ada.email, "password": "wrong"})
    return "", "", ""


ACTING: dict[str, tuple[str, Callable[[World], By]]] = {
    "a person in the browser": ("group:create", a_person_in_the_browser),
    "a person at the API": ("group:create", a_person_at_the_api),
    "a person after a refresh": ("group:create", a_person_after_a_refresh),
    "an application at the API": ("group:create", an_application_at_the_api),
    "who signs in in the browser": ("session:sign-in", who_signs_in_in_the_browser),
    "who signs in by password at the API": ("session:sign-in", who_signs_in_by_password_at_the_api),
    "a client that redeems a code": ("grant:begin", a_client_that_redeems_a_code),
    "a client that gives a token back": ("grant:end", a_client_that_gives_a_token_back),
    "an agent": ("cluster:rbac:sync", an_agent),
    "a stranger": ("session:sign-in", a_stranger),
}


@pytest.mark.parametrize("who", ACTING)
def test_it_names_by_what_they_acted(world: World, who: str) -> None:
    action, act = ACTING[who]

    expected = act(world)

    event = Event.objects.filter(action=action).latest("at")
    assert (event.client_id, event.session_id, event.token_id) == expected
    assert event.http_method and event.url and event.request_id


def test_all_that_a_client_does_after_one_sign_in_has_the_same_grant(world: World) -> None:
    token = by_refresh(by_password(world.ada)["refreshToken"]).json()["accessToken"]  # type: ignore[attr-defined]  # a test client's
    make_group(token)
    asking.redeem(asking.code_in(asking.authorize(signed_in(world.ada))))

    made, begun = (Event.objects.filter(action=action).latest("at") for action in ("group:create", "grant:begin"))
    assert made.grant_id == jwt.read_for_anybody(token)["grant_id"]
    assert len(begun.grant_id) == 36 and begun.grant_id != made.grant_id


def test_no_request_inherits_it_from_the_one_before(world: World) -> None:
    make_group(by_password(world.ada)["accessToken"])

    a_stranger(world)

    assert context.current() is context.NO_REQUEST
    assert Event.objects.latest("pk").token_id == ""


def test_a_command_is_named_in_place_of_a_request(world: World) -> None:
    call_command("resetadmin", world.ada.email)

    event = Event.objects.get(action="user:restore")
    assert (event.subject, event.http_method, event.url) == ("system", "console", "manage.py resetadmin")
    assert (event.client_id, event.session_id, event.token_id, event.request_id) == ("", "", "", "")


def test_what_happens_outside_of_requests_notes_nothing() -> None:
    context.acting_by(client_id="cli", session_id="x", token_id="y")

    assert context.current() is context.NO_REQUEST


@pytest.mark.parametrize("given", ["trace-0123456789", "short", "x" * 65, 'quote"quote', ""])
def test_the_request_id_is_ours_and_that_of_the_caller_stands_beside_it(db: None, given: str) -> None:
    answer = Client().post("/login", {"email": "a@example.com", "password": "x"}, headers={"X-Request-ID": given})

    event = Event.objects.get()
    assert event.request_id == answer["X-Request-ID"] != given and len(event.request_id) == 32
    assert event.caller_request_id == (given if given.startswith("trace") else "")


SHOWN = {"client_id": "robo", "session_id": "s" * 36, "token_id": "t" * 32, "caller_request_id": "trace-0123456789"}


@pytest.mark.parametrize(
    "path", ["/api/v1/audit/log", "/api/v1/audit/log/file", "/api/v1/audit/log/file?file_type=JSON"]
)
def test_the_api_and_its_files_show_it(ada: User, api_as: Any, path: str) -> None:
    Event.objects.create(action="user:create", **SHOWN)

    answer = api_as(ada).get(path).getvalue().decode()

    assert all(name in answer and value in answer for name, value in SHOWN.items())


@pytest.mark.parametrize("name", SHOWN)
def test_the_api_finds_by_it(ada: User, api_as: Any, name: str) -> None:
    Event.objects.create(action="user:create", **SHOWN)

    found = api_as(ada).get(f"/api/v1/audit/log?filterBy={name}=={SHOWN[name]}").json()
    other = api_as(ada).get(f"/api/v1/audit/log?filterBy={name}==other").json()

    assert (found["total"], other["total"]) == (1, 0)


def test_the_page_shows_it_and_finds_by_session_and_token(ada: User) -> None:
    event = Event.objects.create(action="user:forged", **SHOWN)
    browser = signed_in(ada)

    page = browser.get(f"/admin/audit/event/{event.pk}/change/").content.decode()

    assert all(value in page for value in SHOWN.values())
    for name in ("session_id", "token_id", "caller_request_id"):
        assert "user:forged" in browser.get(f"/admin/audit/event/?q={SHOWN[name]}").content.decode()
