"""Another e-mail address for a user: rules and ownership go along, sessions end, and nobody gains anything."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from access.models import AccessRule, Scope
from access.services import rule_set_of
from accounts.models import Group, Membership, Session, User
from accounts.models.sessions import SessionKind
from accounts.services import renaming
from audit.models import Event
from clustersync.models import Cluster
from common.errors import Conflict
from tests import cast
from tests.conftest import APIAs, BrowserAs
from tokens.models import Application

NEW = "robert@example.com"


def rename(client: Any, user: User, email: str = NEW) -> Any:
    return client.patch(f"/api/v1/users/{user.pk}", {"email": email}, format="json")


def rules_of(user: User) -> set[tuple[int, str]]:
    return {(rule.id, rule.role.name) for rule in rule_set_of(User.objects.get(pk=user.pk))}


def test_what_the_user_may_do_stays(ada: User, bob: User, researchers: Group, tree: cast.Tree, api_as: APIAs) -> None:
    own = cast.rule("user", bob.email, "Viewer", tree.prod)
    before = rules_of(bob)

    answer = rename(api_as(ada), bob, " Robert@Example.COM")

    assert (answer.status_code, answer.json()["username"]) == (200, NEW)
    assert rules_of(bob) == before and len(before) == 2
    assert AccessRule.objects.get(pk=own.pk).subject_id == NEW
    assert Membership.objects.filter(user=bob, group=researchers).exists()


def test_a_later_user_of_the_old_address_inherits_nothing(
    ada: User, bob: User, robo: Application, tree: cast.Tree, api_as: APIAs
) -> None:
    old = bob.email
    cast.rule("user", old, "Viewer", tree.prod)
    Application.objects.filter(pk=robo.pk).update(created_by=old)
    rename(api_as(ada), bob)

    made = api_as(ada).post("/api/v1/users", {"email": old}, format="json").json()

    assert not rules_of(User.objects.get(pk=made["id"]))
    assert Application.objects.get(pk=robo.pk).created_by == NEW


def test_every_session_ends(ada: User, bob: User, api_as: APIAs) -> None:
    for kind in SessionKind:
        Session.objects.create(user=bob, kind=kind, expires_at=timezone.now() + timedelta(days=1))

    rename(api_as(ada), bob)

    assert {one.revoked_because for one in Session.objects.filter(user=bob)} == {"e-mail changed"}


def test_it_is_recorded(ada: User, bob: User, tree: cast.Tree, api_as: APIAs) -> None:
    old, rule = bob.email, cast.rule("user", bob.email, "Viewer", tree.prod)

    rename(api_as(ada), bob)

    event = Event.objects.get(action="user:rename")
    assert (event.subject, event.entity_id) == (ada.email, str(bob.pk))
    assert (event.metadata["before"], event.metadata["after"]) == (old, NEW)
    moved = Event.objects.get(action="access_rule:rename")
    assert (moved.entity_id, moved.metadata["before"], moved.metadata["subject_id"]) == (str(rule.pk), old, NEW)


@pytest.mark.parametrize("role", ["Viewer", "System administrator"])
def test_no_address_is_taken_for_which_a_rule_waits(
    ada: User, bob: User, tree: cast.Tree, api_as: APIAs, role: str
) -> None:
    cast.rule("user", NEW, role, tree.tenant)

    answer = rename(api_as(ada), bob)

    assert (answer.status_code, answer.json()["details"]) == (409, "rule_waits")
    assert User.objects.get(pk=bob.pk).email == "bob@example.com"


@pytest.mark.parametrize("named", ["bob@example.com", NEW])
def test_nobody_renames_whom_or_into_what_exceeds_their_own_access(
    ada: User, bob: User, tree: cast.Tree, api_as: APIAs, named: str
) -> None:
    """Ada holds everything in the account; a rule above it gives more."""
    cast.rule("user", named, "Viewer", Scope.objects.get(pk="0"))

    answer = rename(api_as(ada), bob)

    assert (answer.status_code, answer.json()["details"]) == (403, "exceeds_own_access")


def test_it_is_for_who_may_update_users(alice: User, bob: User, tree: cast.Tree, api_as: APIAs) -> None:
    cast.rule("user", alice.email, "Application administrator", tree.tenant)

    assert rename(api_as(alice), bob).status_code == 403


@pytest.mark.parametrize(
    ("email", "code", "word"),
    [
        ("alice@example.com", 409, "user_exists"),
        ("ALICE@example.com", 409, "user_exists"),
        ("nobody", 400, "bad_email"),
        ("bob@example.com", 200, None),
    ],
)
def test_it_refuses_the_addresses_of_others_and_what_is_none(
    ada: User, alice: User, bob: User, api_as: APIAs, email: str, code: int, word: str | None
) -> None:
    answer = rename(api_as(ada), bob, email)

    assert (answer.status_code, answer.json().get("details")) == (code, word)


def test_the_last_administrator_stays_one(ada: User, api_as: APIAs) -> None:
    assert rename(api_as(ada), ada, "admin@example.com").status_code == 200
    assert ("System administrator") in {name for _, name in rules_of(ada)}


def test_its_page_says_which_clusters_know_people_by_e_mail(
    ada: User, bob: User, prod: Cluster, browser_as: BrowserAs
) -> None:
    browser, page = browser_as(ada), f"/admin/accounts/user/{bob.pk}/rename/"

    asked = browser.get(page).content.decode()
    refused = browser.post(page, {"email": ada.email}).content.decode()
    done = browser.post(page, {"email": NEW})

    assert "Known by e-mail in prod" in asked and "Cluster prod refuses earlier tokens after" in asked
    assert "exists already" in refused
    assert done["Location"] == f"/admin/accounts/user/{bob.pk}/change/"
    assert User.objects.get(pk=bob.pk).email == NEW


def test_it_is_refused_when_another_takes_the_address_after_the_check(
    ada: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renaming, "_refuse_a_name_of_others", lambda actor, email: cast.person("rosa"))

    with pytest.raises(Conflict) as refused:
        renaming.rename_user(actor=ada, user=bob, email="rosa@example.com")

    assert refused.value.code == "user_exists"
    bob.refresh_from_db()
    assert bob.email == "bob@example.com"
