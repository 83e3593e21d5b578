"""The commands of docs/api.md and docs/applications.md, typed as they stand, with the values of a real server."""

import json
from pathlib import Path

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests import cast
from tests.keys import plant_keys
from tests.tokens.asking import by_password, make_shop
from tests.tokens.registering import make_token, public, rsa_jwk
from tests.walking import Step, steps, walk
from tokens.models import Application
from tokens.services.clients import ensure_built_in_clients

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NO_ERRORS = Step('curl() { command curl --fail-with-body "$@"; }', "")


def filled(step: Step, values: dict[str, str]) -> Step:
    commands = step.commands
    for placeholder, value in values.items():
        commands = commands.replace(placeholder, value)
    return Step(commands, step.prints)


@pytest.fixture
def server(live_server: LiveServer, settings: Settings) -> str:
    plant_keys()
    ensure_built_in_clients()
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


def test_applications_are_registered_as_the_page_says(server: str, ada: User, tmp_path: Path) -> None:
    by_api, by_itself, *_, robot = [step for step in steps("docs/applications.md") if "curl" in step.commands]
    values = {"https://IDENTITY": server, "[…]": json.dumps([public(rsa_jwk(), kid="a")])}
    environment = {"TOKEN": by_password(ada)["accessToken"], "INITIAL_ACCESS_TOKEN": make_token()}

    typed = [NO_ERRORS, *(filled(one, values) for one in (by_api, by_itself))]
    _, registered, registered_itself = walk("bash", typed, cwd=tmp_path, environment=environment)

    pipeline = json.JSONDecoder().raw_decode(registered.strip())[0]
    known = {one.name for one in Application.objects.filter(built_in=False)}
    assert known == {"pipeline", "wiki", "robot", json.loads(registered_itself)["client_id"]}
    values = {"https://IDENTITY": server, "=pipeline": f"={pipeline['clientId']}", "=…": f"={pipeline['secret']}"}
    _, token = walk("bash", [NO_ERRORS, filled(robot, values)], cwd=tmp_path, environment={})
    assert json.loads(token)["token_type"] == "Bearer"


def test_the_api_is_asked_as_the_page_says(
    server: str, tree: cast.Tree, robo: Application, eve: User, tmp_path: Path
) -> None:
    cast.rule("app", robo.client_id, "System administrator", tree.tenant)
    first, *_ = steps("docs/api.md")
    values = {'"pipeline"': f'"{robo.client_id}"', "…": cast.ROBO_SECRET}

    (_, printed) = walk("bash", [NO_ERRORS, filled(first, values)], cwd=tmp_path, environment={"URL": server})

    assert [user["username"] for user in json.loads(printed)] == [eve.email]


def test_an_application_is_changed_as_it_was_read(server: str, ada: User, tmp_path: Path) -> None:
    _, change = steps("docs/api.md")
    shop = make_shop()
    environment = {"URL": server, "APP": str(shop.pk), "TOKEN": by_password(ada)["accessToken"]}
    change = filled(change, {"curl -s -X": "curl -s --fail-with-body -X"})

    (printed,) = walk("bash", [change], cwd=tmp_path, environment=environment)

    shop.refresh_from_db()
    assert json.loads(printed)["redirectUris"] == [shop.redirect_uris] == ["https://shop.example.com/callback"]
    outdated = filled(change, {"/callback": "/back", '$TAG" \\': '\\"old\\"" \\'})
    with pytest.raises(AssertionError, match="changed_meanwhile"):
        walk("bash", [outdated], cwd=tmp_path, environment=environment)
