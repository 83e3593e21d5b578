"""C6: a provider that does not answer holds up who asked, and nobody else; and it is not asked again at once."""

import time
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from common.errors import Unavailable
from sso.models import IdentityProvider
from sso.services.metadata import refresh_due
from tests import cast
from tests.conftest import APIAs, BrowserAs
from tests.sso import idps
from tests.sso.idp_keys import key
from tests.sso.op import DISCOVERY, OP
from tests.sso.signing_in import Visitor

FORM = {
    "type": "oidc",
    "alias": "slow",
    "name": "Slow",
    "position": "0",
    "client_id": "c",
    "client_secret": "s",
    "email_attribute": "email",
    "create_users": "on",
}
PATHS = ["POST /idps", "PUT /idps", "the admin adds", "the admin changes", "the admin fetches", "every day"]


def body(op: OP) -> dict[str, Any]:
    return {**idps.oidc(discoverDocumentUrl=f"{op.base}{DISCOVERY}"), "alias": "slow"}


def connected(op: OP, admin: APIClient) -> IdentityProvider:
    provider = idps.made(admin, body(op))
    op.asked.clear()
    return provider


def change(path: str, op: OP, admin: APIClient, browser: Client) -> Any:
    """Something that has the metadata fetched; an exception of the door would come through all of these."""
    url = f"{op.base}{DISCOVERY}"
    if path == "POST /idps":
        return admin.post(idps.IDPS, body(op), format="json")
    if path == "the admin adds":
        return browser.post("/admin/sso/identityprovider/add/", {**FORM, "metadata_url": url})
    provider = connected(op, admin)
    page = f"/admin/sso/identityprovider/{provider.pk}/metadata/"
    if path == "PUT /idps":
        part = {**body(op)["oidcData"], "discoverDocumentUrl": f"{url}?appid=1"}
        return admin.put(f"{idps.IDPS}/slow", {**body(op), "oidcData": part, "enabled": False}, format="json")
    if path == "the admin changes":
        return browser.post(page, {**FORM, "metadata_url": f"{url}?appid=1"})
    if path == "the admin fetches":
        chosen = {"action": "fetch_metadata", "_selected_action": str(provider.pk), "confirmed": "yes"}
        return browser.post("/admin/sso/identityprovider/", chosen)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        return refresh_due()


@pytest.mark.parametrize("path", PATHS)
def test_c6_no_transaction_is_open_while_the_metadata_is_fetched(
    path: str, ada: User, op: OP, api_as: APIAs, browser_as: BrowserAs
) -> None:
    answer = change(path, op, api_as(ada), browser_as(ada))

    assert DISCOVERY in " ".join(op.asked)
    assert getattr(answer, "status_code", 200) in (200, 201, 302)
    assert IdentityProvider.objects.get().alias == "slow"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_c6_others_write_while_a_provider_does_not_answer(ada: User, op: OP, api_as: APIAs) -> None:
    op.hangs_at = DISCOVERY

    def connect() -> None:
        api_as(ada).post(idps.IDPS, body(op), format="json")
        connection.close()

    waiting = Thread(target=connect)
    waiting.start()
    while op.hangs_at not in op.asked:
        time.sleep(0.01)
    began = time.monotonic()
    cast.person("somebody")

    assert time.monotonic() - began < 3
    assert waiting.is_alive()
    op.closing.set()
    waiting.join(20)


@pytest.fixture
def away(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The metadata address does not answer; how long it was waited for, each time it was asked."""
    asked: list[float] = []

    def fetch(url: str, *, seconds: float, **bounds: object) -> bytes:
        asked.append(seconds)
        raise Unavailable("unreachable", "It is away.")

    monkeypatch.setattr("sso.services.metadata.fetch", fetch)
    IdentityProvider.objects.update(metadata_url="https://idp.example.com/metadata", metadata_read_at=None)
    return asked


def test_c6_failures_count_when_a_key_is_looked_for(visitor: Visitor, away: list[float]) -> None:
    for minutes in (0, 1, 4, 6):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            visitor.sign_in(key=key("stranger"))

    assert len(away) == 2
    assert max(away) <= 3


def test_c6_a_failed_look_keeps_what_is_known(visitor: Visitor, away: list[float]) -> None:
    visitor.sign_in(key=key("stranger"))
    visitor.sign_in()

    assert IdentityProvider.objects.get().metadata_problem == "It is away."
    assert visitor.is_signed_in()
