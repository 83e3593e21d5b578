import re

import pytest
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from access.models import ScopeType
from accounts.models import User
from clustersync.models import Cluster
from runai_identity.admin import SECTIONS
from sso.models import Identity
from tests import cast
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import connect
from tokens.models import Application


def captions(page: str) -> list[str]:
    return re.findall(r'<p id="group-\d+">([^<]+)</p>', page)


@pytest.fixture
def newcomer(db: None, browser_as: BrowserAs) -> Client:
    """The first administrator of an empty deployment."""
    ada = cast.person("ada")
    root = cast.node(ScopeType.SYSTEM, "0", "system", None)
    tenant = cast.node(ScopeType.TENANT, "1", "runai", root)
    cast.rule("user", ada.email, "System administrator", tenant)
    return browser_as(ada)


def test_it_says_what_to_do_first(newcomer: Client) -> None:
    page = newcomer.get("/admin/").content.decode()

    assert "Begin here" in page
    assert "/admin/clustersync/cluster/add/" in page
    assert "/admin/accounts/user/add/" in page


def test_it_notes_what_is_done(ada: User, prod: Cluster, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get("/admin/").content.decode()

    assert "<span>Register a cluster</span> — done" in page
    assert ">Create a user</a>" in page


def test_the_steps_stay_when_everything_is_done(ada: User, alice: User, prod: Cluster, browser_as: BrowserAs) -> None:
    page = browser_as(ada).get("/admin/").content.decode()

    assert "Begin here" not in page and "First steps: all done" in page
    assert '<details class="card steps">' in page  # closed


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("Disabled users", "2"),
        ("Users with a temporary password", "1"),
        ("Identities without a user", "1"),
        ("Disabled applications", "1"),
        ("Disabled clusters", "1"),
        ("Live sessions", "1"),
    ],
)
def test_its_counts_lead_to_the_list_that_shows_them(
    ada: User, eve: User, prod: Cluster, browser_as: BrowserAs, label: str, number: str
) -> None:
    cast.person("fay", enabled=False, must_change_password=True)
    Application.objects.filter(pk=cast.make_robo().pk).update(enabled=False)
    Cluster.objects.update(enabled=False)
    facts = {"email": "jane@acme.test", "issuer": "i", "subject": "s", "last_seen_at": timezone.now()}
    Identity.objects.create(provider=connect(IdP()), **facts)
    browser = browser_as(ada)

    page = browser.get("/admin/").content.decode()
    found = re.search(rf'<a href="([^"]+)"><strong>{number}</strong> {label}</a>', page)

    assert found is not None
    assert browser.get(found[1]).context["cl"].result_count == int(number)


def test_it_lists_its_pages_under_the_products_words(newcomer: Client) -> None:
    assert captions(newcomer.get("/admin/").content.decode()) == list(SECTIONS)


def test_it_has_a_section_for_every_page() -> None:
    placed = {name for names in SECTIONS.values() for name in names}
    unlisted = {"Membership"}

    assert {model._meta.object_name for model in admin.site._registry} - unlisted == placed


def test_it_shows_a_department_administrator_no_first_steps(tree: cast.Tree, browser_as: BrowserAs) -> None:
    vera = cast.person("vera")
    cast.rule("user", vera.email, "Department administrator", tree.vision)

    page = browser_as(vera).get("/admin/").content.decode()

    assert "Begin here" not in page
    assert "Audit log" not in captions(page)


def test_it_offers_what_its_reader_may_add_and_repeats_no_list(ada: User, alice: User, browser_as: BrowserAs) -> None:
    body, of_alice = (
        browser_as(reader).get("/admin/").content.decode().partition('id="content-main"')[2] for reader in (ada, alice)
    )

    for page in ("accounts/user", "accounts/group", "access/accessrule", "clustersync/cluster", "sso/identityprovider"):
        assert f'href="/admin/{page}/add/"' in body and f'href="/admin/{page}/"' not in body
    assert "accounts/user/add/" not in of_alice


def test_what_is_none_is_not_counted(newcomer: Client) -> None:
    assert "Disabled users" not in newcomer.get("/admin/").content.decode()


@pytest.mark.parametrize("page", ["access/accessrule/why/", "access/accessrule/who-can/", "access/accessrule/roles/"])
def test_it_leads_to_the_pages_that_answer(ada: User, browser_as: BrowserAs, page: str) -> None:
    browser = browser_as(ada)

    assert f'href="/admin/{page}"' in browser.get("/admin/").content.decode().partition('id="content-main"')[2]
    assert browser.get(f"/admin/{page}").status_code == 200
