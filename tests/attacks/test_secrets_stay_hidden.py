"""O24: whatever can be read, by API, page, log or trail, no secret stands in it, nor what one could be found from."""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster
from tests import cast
from tests.admin.test_applications import secret_in
from tests.attacks.published import OPERATIONS
from tests.conftest import APIAs, BrowserAs
from tests.keys import plant_keys
from tests.tokens.asking import by_password
from tests.tokens.registering import make_token, register
from tokens.models import Application, RegistrationToken

pytestmark = pytest.mark.django_db

APPS = "/api/v1/apps"
# Columns that are a secret, or from which one could be found.
HIDDEN = re.compile(r"password|secret_hash|(current|previous|code)_hash|private_key|browser_key")
# What an answer may call like a secret and is none: a way to authenticate, and a length of time.
# An identity provider's client secret is always the platform's row of asterisks (tests/sso/test_showing_idps_api.py).
# The `token_id` of an audit entry is the jti of a token, which opens nothing.
NOT_SECRET = {
    "tokenEndpointAuthMethod",
    "accessTokenSeconds",
    "tokenSeconds",
    "clientSecret",
    "tokenNote",
    "token_id",
    "hasPassword",
}


@pytest.fixture
def secrets(ada: User, bob: User, robo: Application, prod: Cluster, api_as: APIAs) -> list[str]:
    """Of every kind that there is, as they were shown this once."""
    plant_keys()
    api = api_as(ada)
    made = api.post(APPS, {"name": "pipeline"}).json()
    client = register(make_token(uses=2)).json()
    issued = by_password(bob)
    return [
        cast.PASSWORD,
        cast.ROBO_SECRET,
        made["secret"],
        api.post(f"{APPS}/{made['id']}/secret").json()["secret"],
        api.post(f"/api/v1/clusters/{prod.pk}/webhook-token").json().get("webhookToken", cast.PROD_WEBHOOK_TOKEN),
        client["client_secret"],
        issued["accessToken"],
        issued["refreshToken"],
    ]


def stored() -> set[str]:
    """Every value in a hidden column."""
    columns = [
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if HIDDEN.search(field.attname)
    ]
    rows = {str(row) for model, name in columns for row in model._default_manager.values_list(name, flat=True)}
    return {text for text in rows if len(text) > 20}


def found_in(text: str, secrets: list[str]) -> list[str]:
    return [secret for secret in {*secrets, *stored()} if secret in text]


def readable(api: APIClient) -> Iterator[tuple[str, str]]:
    """Each GET of the API, of every object where its address wants one."""
    keys = [str(row.pk) for model in (Application, Cluster, User) for row in model._default_manager.all()]
    for operation in OPERATIONS:
        if operation.method != "GET":
            continue
        for key in keys if "{" in operation.path else [""]:
            path = re.sub(r"\{\w+\}", key, operation.path)
            yield path, api.get(path).getvalue().decode()


def pages(browser: Client) -> Iterator[tuple[str, str]]:
    """Each list of the admin, and the page of every object in it."""
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses = [reverse(f"{name}_changelist")]
        addresses += [reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.all()]
        for address in addresses:
            yield address, browser.get(address, follow=True).content.decode()


def test_no_answer_of_the_api_shows_one(ada: User, secrets: list[str], api_as: APIAs) -> None:
    answers = dict(readable(api_as(ada)))

    assert any("pipeline" in text for text in answers.values())
    assert {path: found for path, text in answers.items() if (found := found_in(text, secrets))} == {}


def test_no_page_of_the_admin_shows_one(ada: User, secrets: list[str], browser_as: BrowserAs) -> None:
    shown = dict(pages(browser_as(ada)))

    assert any("pipeline" in text for text in shown.values())
    assert {path: found for path, text in shown.items() if (found := found_in(text, secrets))} == {}


def test_no_event_holds_one(ada: User, secrets: list[str], browser_as: BrowserAs) -> None:
    events = json.dumps(list(Event.objects.values()), default=str)

    assert "application:create" in events
    assert found_in(events, secrets) == []


def test_no_log_holds_one(
    ada: User, browser_as: BrowserAs, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    caplog.set_level(logging.DEBUG)

    secrets = request.getfixturevalue("secrets")
    page = browser_as(ada).post("/admin/tokens/registrationtoken/add/", {"note": "wiki team", "uses": 1, "days": 1})

    assert found_in(caplog.text, [*secrets, secret_in(page.content.decode())]) == []


def test_the_hash_of_a_registration_token_is_its_only_trace(secrets: list[str]) -> None:
    assert {field.attname for field in RegistrationToken._meta.concrete_fields if "token" in field.attname} == {
        "token_hash"
    }
    assert RegistrationToken.objects.get().token_hash not in json.dumps(list(Event.objects.values()), default=str)


def referred(text: str) -> set[str]:
    return set(re.findall(r"#/components/schemas/(\w+)", text))


def described() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return schema


def test_no_answer_to_a_read_is_described_with_one() -> None:
    schema = described()
    answers = json.dumps([methods["get"]["responses"] for methods in schema["paths"].values() if "get" in methods])
    read: set[str] = set()
    while (nested := referred(answers)) - read:
        read |= nested
        answers = json.dumps([schema["components"]["schemas"][name] for name in read])

    named = {
        name
        for shape in read
        for name, described_as in schema["components"]["schemas"][shape].get("properties", {}).items()
        if not described_as.get("writeOnly")
    }

    assert {"clientId", "redirectUris"} <= named
    assert {name for name in named if re.search("secret|password|hash|private|token", name, re.I)} == NOT_SECRET
