"""Everything by which rows come into being without anybody wanting to keep them, and how many there are."""

from collections.abc import Callable
from datetime import timedelta

import time_machine
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Seal
from runai_identity import housekeeping
from runai_identity.models import Lease
from tests import cast
from tests.keys import plant_keys
from tests.protocol.oidc_core.assertions import assertion, make_signer, send
from tests.tokens.asking import authorize, by_password, by_refresh, code_in, make_shop, post_form, redeem, signed_in
from tokens.models import Application
from tokens.services.consents import remember

# It is meant to grow: who signed in when is asked years later. Seals grow with it.
TRAIL = "audit_event"
APART = (Lease, Seal)


def rows_by_table() -> dict[str, int]:
    """Of every table but that of seals and that of leases, which has a row for each chore of the server."""
    models = [model for model in apps.get_models(include_auto_created=True) if model not in APART]
    return {model._meta.db_table: model._base_manager.count() for model in models}


def tables_without_a_model() -> set[str]:
    known = {*rows_by_table(), *(model._meta.db_table for model in APART), "django_migrations"}
    return set(connection.introspection.table_names()) - known


def make_world() -> tuple[User, Application]:
    """A person who lets a shop know them, and a client that signs its assertions."""
    plant_keys()
    person, shop = cast.person("grace"), make_shop()
    Application.objects.filter(pk=shop.pk).update(grant_types=[*shop.grant_types, "client_credentials"])
    remember(user=person, application=shop, scopes=shop.scopes)
    make_signer()
    return person, shop


def token_by_secret() -> None:
    assert post_form("token", grant_type="client_credentials").status_code == 200


def token_by_assertion() -> None:
    assert send(assertion()).status_code == 200


def sign_in_by_password(person: User) -> None:
    """And refresh, as scripts do."""
    assert by_refresh(by_password(person)["refreshToken"]).status_code == 200


def sign_in_for_the_shop(person: User) -> None:
    """In a browser that is closed afterwards; the shop refreshes once."""
    given = redeem(code_in(authorize(signed_in(person)))).json()
    refreshed = post_form("token", grant_type="refresh_token", refresh_token=given["refresh_token"])
    assert refreshed.status_code == 200


def sign_in_and_leave_a_code(person: User) -> None:
    assert code_in(authorize(signed_in(person)))


def sign_in_on_a_device(person: User) -> None:
    waiting = post_form("auth/device", scope="openid").json()
    browser = signed_in(person)
    page = browser.post("/device", {"user_code": waiting["user_code"]})
    browser.post("/device", {"request_token": page.context["request_token"], "decision": "allow"})
    polled = post_form(
        "token", grant_type="urn:ietf:params:oauth:grant-type:device_code", device_code=waiting["device_code"]
    )
    assert polled.status_code == 200


def start_a_device_and_leave() -> None:
    assert post_form("auth/device", scope="openid").status_code == 200


def sign_out(person: User) -> None:
    signed_in(person).post("/logout")


def guess_from(number: int) -> None:
    """A stranger with an address of their own."""
    body = {"grantType": "password", "username": f"nobody{number}@example.com", "password": "wrong"}
    address = f"198.18.{number // 250 % 250}.{number % 250}"
    assert APIClient().post("/api/v1/token", body, format="json", REMOTE_ADDR=address).status_code == 400


def sign_in(person: User, number: int) -> None:
    """One of the ways in, and something beside it that leaves rows."""
    ways: list[Callable[[User], None]] = [
        sign_in_by_password,
        sign_in_for_the_shop,
        sign_in_and_leave_a_code,
        sign_in_on_a_device,
        sign_out,
    ]
    ways[number % len(ways)](person)
    guess_from(number)
    if number % 2:
        token_by_assertion()
    else:
        start_a_device_and_leave()


def let_pass(clock: time_machine.Traveller, time: timedelta) -> int:
    """Nothing but health checks comes in, each as long after the last one as the server waits. Answers how many."""
    clock.shift(time)
    requests, was, settings.HOUSEKEEPING = 0, settings.HOUSEKEEPING, True
    while any(chore.due().exists() for chore in housekeeping.CHORES):
        for task in housekeeping.TASKS:
            task.due_at = 0.0
        Client().get("/healthz")
        requests += 1
    settings.HOUSEKEEPING = was
    return requests
