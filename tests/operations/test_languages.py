"""Pages are in the language of the person or the browser; programs are answered in English, byte for byte."""

import json
import re

import pytest
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from access.services.asking import require
from accounts.models import User
from audit.models import Event
from common.errors import Forbidden
from tests import cast
from tests.conftest import APIAs, BrowserAs

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
PROTOCOL = "/auth/realms/runai/protocol/openid-connect"
PEOPLE_PAGES = {
    "/": "Ihr Konto",
    "/account": "Wo Sie angemeldet sind",
    "/account/access": "Fragen zu Ihrem Zugriff",
    "/account/second-factors": "Zweite Faktoren",
    "/device": "Gerät verbinden",
    "/language": "Sprache",
    "/nothing-here": "Seite nicht gefunden",
    f"{PROTOCOL}/auth?client_id=nobody": "Diese Anwendung kann Sie nicht anmelden",
}


def test_who_is_not_signed_in_reads_the_browsers_language(client: Client) -> None:
    page = client.get("/login", headers=GERMAN)
    assert '<html lang="de">' in page.content.decode()
    assert "Passwort vergessen?" in page.content.decode()
    assert page["Content-Language"] == "de"
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in page["Vary"].split(",")}


@pytest.mark.parametrize("wanted", ["", "fr", "en-GB", "*", "x" * 900, "de\x00", ",,,;;q"])
def test_english_is_what_everybody_else_reads(client: Client, wanted: str) -> None:
    page = client.get("/login", headers={"Accept-Language": wanted})
    assert '<html lang="en">' in page.content.decode()
    assert "Forgot your password?" in page.content.decode()


@pytest.mark.parametrize("path", PEOPLE_PAGES)
def test_each_page_is_german(browser_as: BrowserAs, ada: User, path: str) -> None:
    page = browser_as(ada).get(path, headers=GERMAN).content.decode()
    assert '<html lang="de">' in page
    assert PEOPLE_PAGES[path] in page


def test_a_choice_outdoes_the_browsers_language(client: Client) -> None:
    answer = client.post("/language", {"language": "de", "next": "/device"})
    assert (answer.status_code, answer["Location"]) == (302, "/device")
    assert '<html lang="de">' in client.get("/login", headers={"Accept-Language": "en"}).content.decode()
    client.post("/language", {"language": ""})
    assert '<html lang="en">' in client.get("/login").content.decode()


def test_a_choice_goes_with_the_person(browser_as: BrowserAs, ada: User) -> None:
    browser_as(ada).post("/language", {"language": "de"})
    assert "Ihr Konto" in browser_as(ada).get("/account").content.decode()


@pytest.mark.parametrize("language", ["fr", "DE", "<b>", "de\x00", "d" * 500])
def test_no_other_language_is_taken(browser_as: BrowserAs, ada: User, language: str) -> None:
    answer = browser_as(ada).post("/language", {"language": language})
    assert answer.status_code == 400
    ada.refresh_from_db()
    assert ada.language == ""


ELSEWHERE = ("https://other.example/", "//other.example/login", "/\\other.example/login", "/login/../logout", "/logout")


@pytest.mark.parametrize("place", [*ELSEWHERE, "/login\t", "/login?" + "a" * 3000, "/nothing", "/api/v1/users"])
def test_nobody_is_sent_elsewhere(client: Client, place: str) -> None:
    assert client.post("/language", {"language": "de", "next": place})["Location"] == "/"


@pytest.mark.parametrize("path", ["/login", "/login/second", "/recover", "/choose-password"])
def test_who_is_not_signed_in_yet_loses_nothing(client: Client, path: str) -> None:
    place = f"{path}?next=%2Fdevice&link=a.b"
    (foot,) = re.findall(r'href="(/language[^"]*)"', client.get("/login?next=/device").content.decode())
    assert foot == "/language?next=%2Flogin%3Fnext%3D%2Fdevice"

    page = client.get("/language", {"next": place})
    answer = client.post("/language", {"language": "de", "next": page.context["next"]})

    assert answer["Location"] == place
    assert page["Referrer-Policy"] == "strict-origin"


def test_a_refusal_that_names_something_is_in_one_language(bob: User, tree: cast.Tree) -> None:
    for scope in (tree.faces, tree.vision):
        with translation.override("de"), pytest.raises(Forbidden, match=rf" in {scope.type} {scope.name}\."):
            require(bob, "create", "access_rules", scope)


API_REFUSALS = [
    ("GET", "/api/v1/users/00000000-0000-4000-8000-000000000000", None),
    ("POST", "/api/v1/users", {"email": "no address"}),
    ("POST", "/api/v1/users", {}),
    ("PATCH", "/api/v1/users", {}),
    ("GET", "/api/v1/nothing", None),
    ("POST", "/api/v1/token", {"grantType": "password"}),
]


@pytest.mark.parametrize(("method", "path", "body"), API_REFUSALS)
def test_the_api_speaks_english_alone(
    api_as: APIAs, ada: User, method: str, path: str, body: dict[str, str] | None
) -> None:
    ada.language = "de"
    ada.save()
    answers = [
        api_as(ada).generic(method, path, json.dumps(body), content_type="application/json", headers=headers)
        for headers in ({"Cookie": "language=en"}, GERMAN | {"Cookie": "language=de"})
    ]
    english, german = ((answer.status_code, answer.content, answer.get("Vary")) for answer in answers)
    assert english == german
    assert "Content-Language" not in answers[1]


@pytest.mark.parametrize("leaf", ["token", "token/introspect", "revoke", "auth/device", "userinfo", "registrations"])
def test_oauth_speaks_english_alone(db: None, leaf: str) -> None:
    english, german = (APIClient().post(f"{PROTOCOL}/{leaf}", {"a": "b"}, headers=more) for more in ({}, GERMAN))
    assert (english.status_code, english.content) == (german.status_code, german.content)


def test_the_audit_log_is_english_whoever_reads_german(client: Client, ada: User) -> None:
    """The same acts, by somebody who reads English and by somebody who reads German."""
    entries: list[list[object]] = []
    for headers in ({"Accept-Language": "en"}, GERMAN):
        before = Event.objects.count()
        client.post("/login", {"email": ada.email, "password": cast.PASSWORD}, headers=headers)
        client.post("/logout", headers=headers)
        written = Event.objects.order_by("pk").values(
            "action", "result", "reason", "entity_type", "entity_name", "metadata"
        )
        entries.append([*written[before:]])
    assert len(entries[0]) >= 2
    assert entries[0] == entries[1]
