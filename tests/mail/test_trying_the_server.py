"""A mail server that no mail can be sent through is refused with the reason, on the page and by the API."""

from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import GeneralSettings, User
from accounts.services.mail_settings import try_mail_server, update_mail_settings
from common import smtp
from common.encryption import decrypt
from common.errors import Forbidden
from tests import cast
from tests.common.test_outbound_tls import NAME
from tests.conftest import APIAs, BrowserAs
from tests.mail.server import PASSWORD, USER, Mailbox, serving
from tests.ports import free_port

pytestmark = pytest.mark.django_db
PAGE = "/admin/accounts/mailsettings/1/change/"
URL = "/api/v1/security/settings/mail"
KEPT: dict[str, Any] = {"recovery": True, "notices": False, "newPlaces": True, "attention": ["ops@example.com"]}
# How the server speaks, how it is named, and the reason.
WRONG = [
    ("none", "starttls", USER, PASSWORD, "offers no STARTTLS"),
    ("none", "tls", USER, PASSWORD, "speaks no TLS"),
    ("starttls", "starttls", USER, "wrong", "refused the user name or the password"),
]
RIGHT = [("none", "none", "", ""), ("starttls", "starttls", USER, PASSWORD), ("tls", "tls", "", "")]


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def api(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


@contextmanager
def speaking(security: str, certificate: Path) -> Iterator[tuple[int, Mailbox]]:
    """Serve, and forget the settings that came with it."""
    with serving(security, certificate=certificate, asks=security == "starttls") as box:
        port = GeneralSettings.current().mail_port
        GeneralSettings.objects.all().delete()
        yield port, box


def typed(port: int, security: str, user: str, password: str, **more: str) -> dict[str, str]:
    return {
        **{"mail_host": NAME, "mail_port": str(port), "mail_security": security, "mail_username": user},
        **{"mail_password": password, "mail_from": "identity@example.com", "mail_attention": "", **more},
    }


def sent(port: int, security: str, user: str, password: str, **more: object) -> dict[str, object]:
    secret = {"password": password} if password else {}
    named = {"host": NAME, "port": port, "encryption": security, "username": user, "sender": "identity@example.com"}
    return {**named, **secret, **KEPT, **more}


@pytest.mark.parametrize(("speaks", "security", "user", "password", "reason"), WRONG)
def test_a_server_that_takes_no_mail_like_this_is_refused(
    admin: Client, api: APIClient, trusted: Path, speaks: str, security: str, user: str, password: str, reason: str
) -> None:
    with speaking(speaks, trusted) as (port, _):
        page = unescape(admin.post(PAGE, typed(port, security, user, password)).content.decode())
        said: Any = api.put(URL, sent(port, security, user, password), format="json")

    at_its_field = page.partition("field-mail_host")[2].partition("<input")[0]
    assert "Not saved, since no mail could be sent like this." in at_its_field and reason in at_its_field
    assert said.status_code == 400 and reason in said.json()["message"]
    assert not GeneralSettings.objects.exclude(mail_host="").exists()


@pytest.mark.parametrize(("speaks", "user", "password"), [(speaks, *rest) for speaks, _, *rest in RIGHT])
def test_one_that_takes_it_is_saved_and_is_sent_nothing(
    admin: Client, trusted: Path, speaks: str, user: str, password: str
) -> None:
    with speaking(speaks, trusted) as (port, box):
        page = admin.post(PAGE, typed(port, speaks, user, password), follow=True).content.decode()

    assert "Settings saved." in page and box.got == []
    assert GeneralSettings.current().mail_security == speaks


def test_it_is_saved_untried_where_that_is_wished(admin: Client, api: APIClient) -> None:
    port = free_port()
    admin.post(PAGE, typed(port, "tls", USER, PASSWORD, mail_untried="on"))
    assert GeneralSettings.current().mail_port == port

    assert api.put(URL, sent(port, "starttls", USER, "", tryFirst=False), format="json").status_code == 200
    assert GeneralSettings.current().mail_security == "starttls"


def test_what_does_not_concern_the_server_does_not_try_it(
    api: APIClient, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put(URL, sent(25, "tls", "", "", tryFirst=False), format="json")
    monkeypatch.setattr(smtp, "_talking_to", lambda server: pytest.fail("it was tried"))

    assert api.put(URL, sent(25, "tls", "", "", recovery=False), format="json").status_code == 200
    admin.post(PAGE, typed(25, "tls", "", "", mail_notices="on"))
    assert (GeneralSettings.current().mail_recovery, GeneralSettings.current().mail_notices) == (False, True)


def test_nobody_tries_one_without_the_power_to_set_it(
    tree: cast.Tree, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would tell them which servers there are within our network."""
    above = cast.person("above")
    cast.rule("user", above.email, "System administrator", tree.tenant.parent)  # type: ignore[arg-type]  # the root
    monkeypatch.setattr(smtp, "_talking_to", lambda server: pytest.fail("it was tried"))

    with pytest.raises(Forbidden):
        try_mail_server(actor=ada, mail_host="10.0.0.1", mail_from="a@example.com")
    with pytest.raises(Forbidden):
        update_mail_settings(actor=ada, mail_host="10.0.0.1", mail_from="a@example.com")


def test_the_api_writes_the_password_and_never_shows_it(api: APIClient) -> None:
    assert api.put(URL, sent(587, "starttls", USER, PASSWORD, tryFirst=False), format="json").status_code == 200

    shown = api.get(URL).json()
    assert shown == {**sent(587, "starttls", USER, ""), "hasPassword": True}
    assert PASSWORD not in str(api.get("/api/v1/security/settings").json())
    assert decrypt(bytes(GeneralSettings.current().mail_password_encrypted)).decode() == PASSWORD


def test_what_the_api_shows_can_be_sent_back(api: APIClient) -> None:
    api.put(URL, sent(587, "starttls", USER, PASSWORD, tryFirst=False), format="json")

    assert api.put(URL, {**api.get(URL).json(), "notices": True}, format="json").status_code == 200
    assert GeneralSettings.current().mail_notices
    assert decrypt(bytes(GeneralSettings.current().mail_password_encrypted)).decode() == PASSWORD


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "smtp.example.com:25"},
        {"port": 0},
        {"encryption": "ssl"},
        {"username": ""},
        {"encryption": "none"},
        {"sender": ""},
        {"attention": ["nobody"]},
        {"attention": ["a@example.com, b@example.com"]},
        {"passwort": "x"},
    ],
    ids=str,
)
def test_the_api_refuses_what_has_no_effect(api: APIClient, wrong: dict[str, object]) -> None:
    wanted = {**sent(587, "starttls", USER, PASSWORD, tryFirst=False), **wrong}

    assert api.put(URL, wanted, format="json").status_code == 400
    assert not GeneralSettings.objects.exclude(mail_host="").exists()
