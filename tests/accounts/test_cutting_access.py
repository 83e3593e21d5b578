"""Cutting all access of a person: what ends, what is reported, who may, and that the rest stays."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from access.models import Scope
from accounts.models import Group, Session, User
from accounts.models.sessions import SessionKind
from accounts.services.cutting import cut_access
from audit.models import Event
from clustersync.models import Cluster, Mode
from common.actors import SYSTEM
from tests import cast
from tests.conftest import APIAs, BrowserAs
from tests.gate.world import World
from tests.keys import plant_keys
from tokens.models import Application, AuthorizationCode, Consent, DeviceCode, Grant, RegistrationToken


@pytest.fixture
def world(bob: User, researchers: Group, robo: Application, prod: Cluster) -> World:
    """Bob has one of each thing that can be held."""
    plant_keys()
    world = World(bob, robo, prod)
    for held in ("person", "cluster token", "shop", "codes", "approved devices"):
        world.hold(held)
    Application.objects.filter(pk=robo.pk).update(created_by=bob.email)
    RegistrationToken.objects.create(
        token_hash="x", note="n", created_by=bob.email, expires_at=timezone.now() + timedelta(days=1)
    )
    return world


def cut(client: Any, user: User, **choices: bool) -> Any:
    return client.post(f"/api/v1/users/{user.pk}/cut-access", choices, format="json")


COUNTED = {
    "cluster tokens": 1,
    "authorization codes": 2,
    "device codes": 2,
    "consents": 1,
    "logouts sent to applications": 0,
    "applications disabled": 1,
    "initial access tokens": 1,
}


def test_it_ends_everything_and_counts_it(ada: User, bob: User, world: World, api_as: APIAs) -> None:
    live = Session.objects.live().filter(user=bob)
    by_kind = {kind: live.filter(kind=kind).count() for kind in SessionKind}
    grants = Grant.objects.filter(session__user=bob, revoked_at=None).count()

    body = cut(api_as(ada), bob, applications=True).json()

    ended = {one["kind"]: one["count"] for one in body["ended"]}
    sessions = {"browser sessions": by_kind[SessionKind.BROWSER], "API and CLI sessions": by_kind[SessionKind.DEVICE]}
    assert ended == {**sessions, "grants": grants, **COUNTED}
    assert min(by_kind.values()) > 0 and grants > 2
    assert body["disabled"] is True and not User.objects.get(pk=bob.pk).enabled
    left = Grant.objects.filter(session__user=bob, revoked_at=None)
    assert not (live.exists() or left.exists() or Consent.objects.exists() or DeviceCode.objects.exists())
    assert not AuthorizationCode.objects.filter(redeemed_at=None).exists()


def test_it_leaves_others_and_what_was_not_chosen_alone(
    ada: User, bob: User, robo: Application, world: World, api_as: APIAs
) -> None:
    client = api_as(ada)

    body = cut(client, bob, disable=False).json()

    assert body["disabled"] is False and User.objects.get(pk=bob.pk).enabled
    assert Application.objects.get(pk=robo.pk).enabled and RegistrationToken.objects.exists()
    assert client.get("/api/v1/me").status_code == 200
    assert not Session.objects.live().filter(user=bob).exists()
    (own,) = [one for one in body["livesOn"] if one["where"] == "Application robo"]
    assert own["until"] is None and "disable it" in own["why"]


@pytest.mark.parametrize("mode", Mode)
def test_it_says_until_when_each_cluster_can_still_honour(
    ada: User, bob: User, world: World, prod: Cluster, api_as: APIAs, mode: Mode
) -> None:
    Cluster.objects.filter(pk=prod.pk).update(mode=mode)
    client = api_as(ada)
    before = client.get(f"/api/v1/clusters/{prod.pk}").json()

    lives_on = cut(client, bob).json()["livesOn"]

    (there,) = [one for one in lives_on if one["clusterId"] == prod.pk]
    assert datetime.fromisoformat(there["until"]).microsecond == 0
    until = datetime.fromisoformat(there["until"]) - timezone.now()
    assert abs(until.total_seconds() - before["revocationBoundSeconds"]) < 5
    assert there["where"] == "Cluster prod"


def test_it_disables_the_user_unless_told_otherwise(bob: User) -> None:
    assert cut_access(actor=SYSTEM, user=bob).disabled

    bob.refresh_from_db()
    assert not bob.enabled


def test_it_is_recorded_with_the_report(ada: User, bob: User, world: World, api_as: APIAs) -> None:
    body = cut(api_as(ada), bob).json()

    event = Event.objects.get(pk=body["auditEventId"])
    assert (event.action, event.subject, event.entity_name) == ("user:access:cut", ada.email, bob.email)
    assert event.metadata["ended"] == {one["kind"]: one["count"] for one in body["ended"]}
    assert len(event.metadata["lives_on"]) == len(body["livesOn"])


def test_it_refuses_who_may_not(vera: User, alice: User, bob: User, world: World, api_as: APIAs) -> None:
    cast.rule("user", alice.email, "Cloud operator", cast.plant_tree().tenant)
    answers = [cut(api_as(actor), bob).status_code for actor in (vera, alice)]

    assert set(answers) == {403} and User.objects.get(pk=bob.pk).enabled


def test_it_keeps_the_last_administrator(ada: User, world: World, api_as: APIAs) -> None:
    answer = cut(api_as(ada), ada)

    assert (answer.status_code, answer.json()["details"]) == (409, "last_administrator")
    assert User.objects.get(pk=ada.pk).enabled


def test_its_page_asks_reports_and_keeps_the_report(ada: User, bob: User, world: World, browser_as: BrowserAs) -> None:
    browser, page = browser_as(ada), f"/admin/accounts/user/{bob.pk}/cut-access/"
    chosen = browser.post("/admin/accounts/user/", {"action": "cut_access", "_selected_action": str(bob.pk)})
    asked = browser.get(chosen["Location"]).content.decode()

    done = browser.post(page, {"disable": "on"})
    report = browser.get(done["Location"]).content.decode()

    assert chosen["Location"] == page and "Cluster prod refuses earlier tokens after" in asked
    assert "Cluster tokens" in report and "Cluster prod" in report and "The user is disabled." in report
    assert browser.get(done["Location"]).content.decode().count("Cluster prod") == 1


def test_its_report_is_for_who_did_it_and_who_reads_the_log(
    ada: User, vera: User, bob: User, world: World, browser_as: BrowserAs
) -> None:
    report = browser_as(ada).post(f"/admin/accounts/user/{bob.pk}/cut-access/", {})["Location"]

    assert browser_as(vera).get(report).status_code == 403


@pytest.mark.parametrize("disable", [True, False])
def test_it_is_not_for_who_holds_less(ada: User, bob: User, world: World, api_as: APIAs, disable: bool) -> None:
    cast.rule("user", bob.email, "Viewer", Scope.objects.get(pk="0"))

    answer = cut(api_as(ada), bob, disable=disable)

    assert (answer.status_code, answer.json()["details"]) == (403, "exceeds_own_access")
