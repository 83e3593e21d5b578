"""How many clicks the usual tasks take from the admin's first page; choosing from a list is one, typing is none."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from access.models import AccessRule
from accounts.models import GeneralSettings, User
from accounts.services.throttle import locked_until
from audit.models import Event
from clustersync.models import Cluster
from sso.models import IdentityProvider
from tests import cast
from tests.admin.clicking import Clicker
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tests.sso.idp import IdP
from tokens.models import SigningKey
from tokens.models.keys import State


@pytest.fixture
def home(ada: User, tree: cast.Tree, browser_as: BrowserAs) -> Clicker:
    return Clicker(browser_as(ada))


def test_a_person_with_a_role(home: Clicker) -> None:
    home.link("Add user").type("email", "dora@example.com").press("Save").link("Give a role")
    home.choose("role", "Viewer").choose("scope", "runai/prod/vision/faces (project)").press("Give role")

    assert AccessRule.objects.filter(subject_id="dora@example.com").exists() and home.clicks <= 6


def test_disabling_somebody(home: Clicker, alice: User) -> None:
    home.search("alice").link("alice@example.com").press("Disable").press("Disable")

    assert not User.objects.get(pk=alice.pk).enabled and home.clicks <= 4


def test_cutting_access(home: Clicker, alice: User) -> None:
    home.search("alice").link("alice@example.com").press("Cut access now").press("Cut access now")

    assert "What was cut" in home.text and home.clicks <= 4


def test_unlocking_somebody(home: Clicker, alice: User) -> None:
    for _ in range(11):
        Client().post("/login", {"email": alice.email, "password": "wrong"}, REMOTE_ADDR="192.0.2.7")
    home.search("alice").link("alice@example.com")
    assert "locked until" in home.text

    home.press("Unlock").press("Unlock")

    assert locked_until(alice) is None and home.clicks <= 4


def test_connecting_a_saml_directory(home: Clicker) -> None:
    home.link("Add identity provider").type("name", "Acme").type("metadata", IdP().metadata())
    home.press("Save").link("Acme").press("Enable").press("Enable")

    provider = IdentityProvider.objects.get()
    assert provider.enabled and provider.type == "saml" and home.clicks <= 8


def test_why_somebody_is_refused(home: Clicker, alice: User) -> None:
    home.link("Check access").type("subject_id", "alice@example.com").type("scope", "faces")
    home.choose("action", "delete").choose("resource_type", "Users (users)").press("Explain")

    assert "No, they may not delete users in faces." in home.text and home.clicks <= 4


def test_who_can(home: Clicker, alice: User) -> None:
    home.link("Who can …?").type("scope", "faces")
    home.choose("action", "update").choose("resource_type", "Projects (project)").press("Show who can")

    assert "alice@example.com" in home.text and home.clicks <= 4


def test_what_this_person_may_do(home: Clicker, alice: User) -> None:
    home.search("alice").link("alice@example.com").link("Access")

    assert "runai/prod/vision/faces" in home.text and "Editor" in home.text and home.clicks <= 3


def test_who_has_a_role_in_a_project(home: Clicker, alice: User) -> None:
    home.search("faces").link("faces").link("Access")

    assert "alice@example.com" in home.text and home.clicks <= 3


def test_the_timeout(home: Clicker) -> None:
    home.link("General").type("idle_timeout_minutes", "30").press("Save")

    assert GeneralSettings.current().idle_timeout_minutes == 30 and home.clicks <= 3


def test_an_event_of_the_audit_log(home: Clicker) -> None:
    home.link("Events").link(f"{Event.objects.latest('at').at:%Y-%m-%d %H:%M:%S} UTC just now")

    assert "What belongs to it" in home.text and home.clicks <= 3


def test_a_cluster_and_its_flags(home: Clicker) -> None:
    home.link("Add cluster").type("name", "lab").press("Save")
    if "--oidc" not in home.text and "issuer" not in home.text:
        home.link("Connect")

    assert Cluster.objects.filter(scope__name="lab").exists() and home.clicks <= 3


def test_rotating_keys(home: Clicker) -> None:
    plant_keys()
    SigningKey.objects.filter(state=State.NEXT).update(created_at=timezone.now() - timedelta(days=2))
    following = SigningKey.objects.get(state=State.NEXT, algorithm="RS256")
    home.link("Signing keys").link(f"{following.kid[:12]}…")
    home.press("Sign with the next key").press("Sign with the next key")

    assert SigningKey.objects.get(pk=following.pk).state == State.ACTIVE and home.clicks <= 4
