"""A person's page: one head over details, access, groups, sessions, events and clusters."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.models import AccessRule
from accounts.models import Group, User
from accounts.services.throttle import locked_until
from clustersync.models import Cluster
from tests import cast
from tests.conftest import BrowserAs

TABS = ["change", "access", "groups", "sessions", "factors", "events", "clusters"]
GIVE = "/admin/access/accessrule/give/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def tab(browser: Client, user: User, name: str) -> str:
    return browser.get(f"/admin/accounts/user/{user.pk}/{name}/").content.decode()


@pytest.mark.parametrize("name", TABS)
def test_each_part_has_the_same_head(admin: Client, eve: User, name: str) -> None:
    page = tab(admin, eve, name)

    assert "<h1>Eve</h1>" in page and '<span class="badge wrong">disabled</span>' in page
    assert 'value="enable"' in page and 'value="disable"' not in page
    assert all(f"/admin/accounts/user/{eve.pk}/{other}/" in page for other in TABS)


def test_the_head_says_until_when_somebody_is_locked(admin: Client, charlie: User) -> None:
    for _ in range(11):
        Client().post("/login", {"email": charlie.email, "password": "wrong"})
    until = locked_until(charlie)

    assert until and f"locked until {until:%H:%M} UTC" in tab(admin, charlie, "sessions")


def test_access_names_the_rule_and_the_group_behind_each_line(admin: Client, bob: User, researchers: Group) -> None:
    rule = AccessRule.objects.get(subject_id="researchers")

    page = tab(admin, bob, "access")

    assert "runai/prod/vision/faces" in page and "L1 researcher" in page
    assert f'href="/admin/accounts/group/{researchers.pk}/access/"' in page
    assert f'href="/admin/access/accessrule/{rule.pk}/change/">Rule {rule.pk}</a>' in page


def test_access_names_rules_that_give_nothing_and_why(admin: Client, tree: cast.Tree) -> None:
    dora = cast.person("dora", is_local=False, source="corp")
    cast.rule("user", dora.email, "Viewer", tree.faces)

    page = tab(admin, dora, "access")

    assert "No access rule names this person" in page
    assert "nobody has verified that this address is theirs" in page


def test_access_shows_a_scoped_reader_only_rules_of_their_scope(
    vera: User, alice: User, tree: cast.Tree, browser_as: BrowserAs
) -> None:
    cast.rule("user", alice.email, "Viewer", tree.dialects)

    page = tab(browser_as(vera), alice, "access")

    assert "vision/faces" in page and "dialects" not in page


def test_it_gives_a_role_in_place(admin: Client, charlie: User, tree: cast.Tree) -> None:
    sent = {"user": charlie.pk, "role": cast.role_id("Viewer"), "scope": tree.faces.pk}

    page = admin.post(GIVE, sent, follow=True).content.decode()

    assert "Given: charlie@example.com is Viewer in faces now." in page
    assert AccessRule.objects.get(subject_id=charlie.email).created_by == "ada@example.com"


@pytest.mark.parametrize(
    ("role", "scope"),
    [("Viewer", "dialects"), ("System administrator", "vision"), ("", "vision"), ("Viewer", ""), ("Viewer", "\0")],
)
def test_it_gives_no_role_that_one_may_not_give(
    vera: User, alice: User, tree: cast.Tree, browser_as: BrowserAs, role: str, scope: str
) -> None:
    sent = {"user": alice.pk, "role": role and cast.role_id(role), "scope": getattr(tree, scope, None) or scope}
    before = AccessRule.objects.count()

    answer = browser_as(vera).post(GIVE, {**sent, "scope": getattr(sent["scope"], "pk", sent["scope"])}, follow=True)

    assert answer.status_code == 200 and 'class="error"' in answer.content.decode()
    assert AccessRule.objects.count() == before


def test_it_offers_only_roles_and_places_that_one_may_give(vera: User, alice: User, browser_as: BrowserAs) -> None:
    page = tab(browser_as(vera), alice, "access")

    assert ">System administrator</option>" not in page and ">L1 researcher</option>" in page
    assert "runai/prod/vision/faces (project)" in page and "speech" not in page


def test_events_hold_what_they_did_and_what_was_done_to_them(
    admin: Client, charlie: User, browser_as: BrowserAs
) -> None:
    browser_as(charlie)
    admin.post(f"/admin/accounts/user/{charlie.pk}/change/", {"first_name": "Char", "supplementary_groups": ""})

    for address in (f"{charlie.pk}/events/", f"{charlie.pk}/history/"):
        page = admin.get(f"/admin/accounts/user/{address}", follow=True).content.decode()
        assert ">Sign-in<" in page.replace(" <code", "<code") and "User changed" in page


def test_a_session_is_ended_in_place(admin: Client, charlie: User, browser_as: BrowserAs) -> None:
    theirs = browser_as(charlie)
    session = charlie.sessions.get()
    assert f'value="{session.pk}"' in tab(admin, charlie, "sessions")

    admin.post("/admin/accounts/session/", {"action": "end", "_selected_action": str(session.pk), "confirmed": "yes"})

    assert theirs.get("/").status_code == 302
    assert "Ended by an administrator" in tab(admin, charlie, "sessions")


@pytest.mark.parametrize("name", TABS)
def test_nobody_sees_more_than_their_lists_show(vera: User, charlie: User, browser_as: BrowserAs, name: str) -> None:
    answer = browser_as(vera).get(f"/admin/accounts/user/{charlie.pk}/{name}/", follow=True)

    assert "charlie" not in answer.content.decode().replace(str(charlie.pk), "")


def test_events_are_closed_to_who_may_not_read_the_log(vera: User, alice: User, browser_as: BrowserAs) -> None:
    browser = browser_as(vera)

    assert f"{alice.pk}/events/" not in tab(browser, alice, "change")
    assert browser.get(f"/admin/accounts/user/{alice.pk}/events/").status_code == 403


def test_a_new_person_leads_to_giving_a_role(admin: Client) -> None:
    page = admin.post("/admin/accounts/user/add/", {"email": "dora@example.com"}).content.decode()

    dora = User.objects.get(email="dora@example.com")
    assert f'href="/admin/accounts/user/{dora.pk}/access/">Give a role</a>' in page


def test_a_link_fills_in_whom_a_rule_is_for(admin: Client) -> None:
    page = admin.get("/admin/access/accessrule/add/?subject_type=user&subject_id=bob@example.com").content.decode()

    assert 'value="bob@example.com"' in page and '<option value="user" selected>' in page


@pytest.mark.parametrize("name", TABS)
def test_it_takes_the_same_statements_however_much_there_is(
    admin: Client, bob: User, prod: Cluster, tree: cast.Tree, name: str
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            tab(admin, bob, name)
        return len(asked)

    cast.rule("group", cast.make_group("first", bob).name, "Viewer", tree.faces)
    statements()
    before = statements()
    for number in range(20):
        cast.rule("group", cast.make_group(f"group{number}", bob).name, "Viewer", tree.faces)

    assert statements() == before
