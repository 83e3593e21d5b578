"""The pages of a group, an application, a part of the tree, a cluster and a provider: one head over their tabs."""

from typing import Any

import pytest
from django.test import Client

import audit.services as audit
from access.models import AccessRule
from accounts.models import Group, Membership, User
from clustersync.models import Cluster
from sso.models import IdentityProvider
from tests import cast
from tests.admin.growing import grow, statements
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import connect
from tokens.models import Application

PARTS_OF_A_PROVIDER = ["metadata", "assertions", "people", "sign-ins", "events"]
ALL_TABS = ["change", "members", "access", "credentials", "agent", "refused", *PARTS_OF_A_PROVIDER]
GIVE = "/admin/access/accessrule/give/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def acme(tree: cast.Tree) -> IdentityProvider:
    return connect(IdP(), alias="acme")


@pytest.fixture
def pages(
    tree: cast.Tree, researchers: Group, robo: Application, prod: Cluster, acme: IdentityProvider
) -> dict[str, list[str]]:
    """The tabs of each, by address."""
    tabs = ("change", "access", "events")
    scopes = {"scope": [tree.tenant, tree.prod, tree.faces], "department": [tree.vision], "project": [tree.faces]}
    return {
        f"/admin/accounts/group/{researchers.pk}/": ["change", "members", "access", "events"],
        f"/admin/tokens/application/{robo.pk}/": list(tabs),
        f"/admin/clustersync/cluster/{prod.pk}/": ["change", "access", "credentials", "agent", "refused", "events"],
        f"/admin/sso/identityprovider/{acme.pk}/": ["change", *PARTS_OF_A_PROVIDER],
        **{f"/admin/access/{page}/{one.pk}/": list(tabs) for page, of in scopes.items() for one in of},
    }


def text(browser: Client, address: str, **sent: Any) -> str:
    answer = browser.get(address, follow=True)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_each_tab_has_the_head_with_all_of_them(admin: Client, pages: dict[str, list[str]]) -> None:
    for page, tabs in pages.items():
        for tab in tabs:
            shown = text(admin, f"{page}{tab}/")
            assert all(f'href="{page}{other}/"' in shown for other in tabs), (page, tab)
            assert shown.count('aria-current="page">') >= 2


def test_a_project_shows_what_is_given_here_and_above_with_rule_and_group(
    admin: Client, alice: User, bob: User, researchers: Group, tree: cast.Tree
) -> None:
    rules = {rule.subject_id: rule.pk for rule in AccessRule.objects.all()}

    page = text(admin, f"/admin/access/project/{tree.faces.pk}/access/")
    here, _, above = page.partition("Inherited from")

    assert f'href="/admin/accounts/group/{researchers.pk}/access/">researchers</a>' in here and "1 member</a>" in here
    assert all(f"Rule {rules[name]}</a>" in here for name in ("alice@example.com", "researchers"))
    assert f"Rule {rules['ada@example.com']}</a>" in above and "runai/prod/vision</a>" in above


def test_it_says_which_rules_give_nothing(admin: Client, eve: User, tree: cast.Tree) -> None:
    cast.make_group("nobodies")
    cast.rule("group", "nobodies", "Viewer", tree.faces)
    dora = cast.person("dora", is_local=False, source="corp")
    cast.rule("user", dora.email, "Viewer", tree.faces)

    page = text(admin, f"/admin/access/project/{tree.faces.pk}/access/")

    for reason in (
        "Nobody is in the group.",
        "nobody has verified that this address is theirs",
        "The user is disabled.",
    ):
        assert reason in page


def test_a_groups_roles_say_how_many_members_get_nothing(admin: Client, researchers: Group, alice: User) -> None:
    dora = cast.person("dora", is_local=False, source="corp")
    Membership.objects.create(group=researchers, user=dora, source="corp")

    page = text(admin, f"/admin/accounts/group/{researchers.pk}/access/")

    assert "runai/prod/vision/faces" in page and "L1 researcher" in page
    assert "One person gets nothing: the identity provider corp may not assert this name." in page


@pytest.mark.parametrize("kind", ["user", "group", "app"])
def test_a_role_is_given_in_place(
    admin: Client, tree: cast.Tree, researchers: Group, robo: Application, kind: str
) -> None:
    name = {"user": "new@example.com", "group": "researchers", "app": "robo"}[kind]
    sent = {"subject_type": kind, "subject_id": name, "role": cast.role_id("Editor"), "scope": tree.speech.pk}

    for back, leads_to in (("scope", f"department/{tree.speech.pk}/access/"), ("", "")):
        answer = admin.post(GIVE, {**sent, "back": back}, follow=True)
        assert answer.redirect_chain[-1][0].endswith(leads_to)
        AccessRule.objects.live().filter(subject_id=name, scope=tree.speech).get().delete()
        assert f"Given: {name} is Editor in speech now." in answer.content.decode()


@pytest.mark.parametrize(
    "changed",
    [
        {"role": "1"},
        {"scope": "1"},
        {"subject_type": "robot"},
        {"subject_id": ""},
        {"subject_id": "x" * 300},
        {"subject_type": "group", "subject_id": "system:masters"},
        {"subject_id": "no address"},
    ],
)
def test_nobody_gives_more_than_they_may(vera: User, tree: cast.Tree, browser_as: BrowserAs, changed: Any) -> None:
    sent = {"subject_type": "user", "subject_id": "x@example.com", "role": cast.role_id("Editor"), "back": "scope"}
    before = AccessRule.objects.count()

    answer = browser_as(vera).post(GIVE, {**sent, "scope": tree.faces.pk, **changed}, follow=True)

    assert answer.status_code == 200 and 'class="error"' in answer.content.decode()
    assert AccessRule.objects.count() == before


def test_a_scoped_administrator_sees_only_theirs(
    vera: User, researchers: Group, ada: User, pages: dict[str, list[str]], tree: cast.Tree, browser_as: BrowserAs
) -> None:
    strangers = cast.make_group("strangers", cast.person("zoe"), cast.person("bobby"))
    cast.rule("group", "strangers", "Viewer", tree.speech)
    Membership.objects.create(group=researchers, user=User.objects.get(email="zoe@example.com"))
    browser = browser_as(vera)
    others = [f"/admin/accounts/group/{strangers.pk}/", f"/admin/access/department/{tree.speech.pk}/"]
    for page in (*pages, *others):
        for tab in ALL_TABS:
            shown = browser.get(f"{page}{tab}/", follow=True).content.decode().replace(page, "")
            assert not any(name in shown for name in ("speech", "dialects", "strangers", "ada@", "System admin")), page


def test_they_are_offered_only_roles_that_they_may_give(
    vera: User, ada: User, tree: cast.Tree, browser_as: BrowserAs
) -> None:
    page = text(browser_as(vera), f"/admin/access/project/{tree.faces.pk}/access/")

    assert ">L1 researcher</option>" in page and ">System administrator</option>" not in page
    assert "those are not for you to read" in page


def test_events_hold_those_of_the_rules_that_are_here(admin: Client, charlie: User, tree: cast.Tree) -> None:
    sent = {"subject_type": "user", "subject_id": charlie.email, "role": cast.role_id("Viewer"), "scope": tree.faces.pk}
    admin.post(GIVE, sent)
    audit.record("project:create", actor=charlie, target=tree.dialects)

    page = text(admin, f"/admin/access/project/{tree.faces.pk}/events/")

    assert "Role given" in page and "Project added" not in page


def test_it_takes_the_same_statements_however_much_there_is(
    admin: Client, pages: dict[str, list[str]], researchers: Group, tree: cast.Tree
) -> None:
    addresses = [f"{page}{tab}/" for page, tabs in pages.items() for tab in tabs]
    for place in (tree.faces, tree.vision, tree.prod):  # what nobody is named by is not looked up
        cast.rule("user", cast.person(f"in-{place.name}").email, "Viewer", place)
        cast.rule("group", "researchers", "Viewer", place)
    statements(admin, addresses)
    before = statements(admin, addresses)
    for number, role in enumerate(["Editor", "Research manager", "ML engineer", "Department administrator"] * 3):
        user = cast.person(f"more{number}")
        Membership.objects.create(group=researchers, user=user)
        group, place = cast.make_group(f"more{number}", user), [tree.faces, tree.vision, tree.prod][number // 4]
        for kind, name in (("user", user.email), ("group", group.name), ("group", "researchers"), ("app", "robo")):
            cast.rule(kind, name, role, place)
    assert statements(admin, addresses) == before


def test_so_it_does_with_more_credentials_people_and_sign_ins(
    admin: Client, pages: dict[str, list[str]], prod: Cluster, acme: IdentityProvider
) -> None:
    kinds = ("/clustersync/", "/sso/")
    addresses = [f"{page}{tab}/" for page, tabs in pages.items() for tab in tabs if any(kind in page for kind in kinds)]
    grow(prod, acme, 0)
    statements(admin, addresses)
    before = statements(admin, addresses)

    for number in range(1, 9):
        grow(prod, acme, number)

    assert statements(admin, addresses) == before


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 }}", "=1+1"])
def test_no_name_runs_in_its_pages(admin: Client, tree: cast.Tree, name: str) -> None:
    group = cast.make_group(name)
    cast.rule("group", name, "Viewer", tree.faces)

    for page in (
        f"accounts/group/{group.pk}/members/",
        f"accounts/group/{group.pk}/access/",
        f"access/project/{tree.faces.pk}/access/",
    ):
        shown = text(admin, f"/admin/{page}")
        assert "<script>alert" not in shown and "<img src=x" not in shown
