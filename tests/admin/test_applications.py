import re

import pytest
from django.test import Client

from accounts.models import User
from common.hashes import sha256_of
from tests.conftest import BrowserAs
from tokens.models import Application

APPLICATIONS = "/admin/tokens/application/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def secret_in(page: str) -> str:
    found = re.search(r'<output class="revealed"[^>]*>([^<]+)</output>', page)
    assert found, page
    return found[1]


def act(admin: Client, action: str, application: Application, **more: str) -> str:
    body = {"action": action, "_selected_action": str(application.pk), **more}
    return admin.post(APPLICATIONS, body, follow=True).content.decode()


def test_it_shows_the_secret_of_a_new_application_once(admin: Client) -> None:
    page = admin.post(f"{APPLICATIONS}add/", {"name": "pipeline", "kind": "robot"}).content.decode()

    made = Application.objects.get(name="pipeline")
    assert made.secret_hash == sha256_of(secret_in(page))
    assert secret_in(page) not in admin.get(f"{APPLICATIONS}{made.pk}/change/").content.decode()


@pytest.mark.parametrize("name", ["Pipeline", "robo", "cli", "a0000000-0000-4000-8000-000000000001"])
def test_it_shows_a_refused_name_in_the_form(admin: Client, robo: Application, name: str) -> None:
    page = admin.post(f"{APPLICATIONS}add/", {"name": name, "kind": "robot"}).content.decode()

    assert "errorlist" in page
    assert f'value="{name}"' in page
    assert list(Application.objects.all()) == [robo]


def test_it_asks_before_it_makes_a_new_secret(admin: Client, robo: Application) -> None:
    before = robo.secret_hash

    asked = act(admin, "make_a_new_secret", robo)
    robo.refresh_from_db()
    unchanged = robo.secret_hash == before
    shown = act(admin, "make_a_new_secret", robo, confirmed="New secret")

    robo.refresh_from_db()
    assert unchanged and "The old secret is good for an hour more" in asked
    assert robo.secret_hash == sha256_of(secret_in(shown))


def test_it_ends_the_old_secret(admin: Client, robo: Application) -> None:
    act(admin, "make_a_new_secret", robo, confirmed="New secret")
    page = f"{APPLICATIONS}{robo.pk}/change/"
    before = admin.get(page).content.decode()

    act(admin, "end_the_old_secret", robo, confirmed="yes")

    assert "The one before it is good until" in before
    assert "The one before it" not in admin.get(page).content.decode()


@pytest.mark.parametrize(("action", "enabled"), [("disable", False), ("enable", True)])
def test_it_switches_an_application(admin: Client, robo: Application, action: str, enabled: bool) -> None:
    Application.objects.update(enabled=not enabled)

    act(admin, action, robo, confirmed="yes")

    assert Application.objects.get(name="robo").enabled is enabled


def test_it_shows_somebody_with_a_narrower_rule_no_others(
    alice: User, robo: Application, browser_as: BrowserAs
) -> None:
    assert ">robo<" not in browser_as(alice).get(APPLICATIONS).content.decode()
