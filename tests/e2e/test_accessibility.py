"""No page of the admin has a serious fault by axe-core, in either scheme, nor anything wider than a phone.

axe-core (https://github.com/dequelabs/axe-core, MPL 2.0) lies beside this file as it was published.
"""

import gzip
from pathlib import Path

import pytest
from django.contrib import admin
from django.utils import timezone
from playwright.sync_api import Page

from access.models import ScopeType
from accounts.models import Group, User
from audit.models import Event
from clustersync.models import Cluster, Reason, WebhookRefusal
from clustersync.services.reports import AgentReport, keep_report
from sso.models import Attempt, Identity, IdentityProvider
from tests import cast
from tests.e2e.conftest import sign_in
from tests.keys import plant_keys
from tests.sso.idp import IdP
from tests.sso.signing_in import connect
from tokens.models import Application

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

AXE = gzip.decompress(Path(__file__).with_name("axe-core-4.14.1.min.js.gz").read_bytes()).decode()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async (rules) => {
  const found = await axe.run(document, { resultTypes: ["violations"], runOnly: rules });
  const bad = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  return bad.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 150)}`);
}"""
# What scrolls sideways: on a wide screen no table does, and on a phone none but the one that compares roles.
CUT_OFF = """[...document.querySelectorAll(".results, table:not(.matrix)")]
  .filter((one) => !one.querySelector(".matrix"))
  .reduce((n, one) => n + Math.max(0, one.scrollWidth - one.clientWidth - 2), 0)"""
PAGES_OF_A_CLUSTER = (
    *("change", "access", "credentials", "agent", "refused", "events"),
    *("connect", "doctor", "verify-token"),
)
PARTS_OF_A_PROVIDER = ("change", "metadata", "assertions", "people", "sign-ins", "events", "mapping")
PARTS = 4  # each within the time that a test may take
SEEN = [(1440, "light"), (390, "dark"), (1440, "dark"), (390, "light")]


def long_names(tree: cast.Tree) -> None:
    """Give lists and forms something that is as long as names are in real places."""
    downscaling = cast.node(ScopeType.PROJECT, "b2", "downscaling-2026", tree.speech)
    cast.node(ScopeType.PROJECT, "b1", "p" * 60, tree.vision)
    cast.rule("group", "researchers", "Editor", downscaling)
    cast.rule("user", "a.very.long.name.of.somebody@research.example.com", "Department administrator", tree.faces)


def with_people(user: User) -> IdentityProvider:
    """Connect a provider that somebody came through, and whom it refused."""
    acme, now = connect(IdP(), alias="acme"), timezone.now()
    Identity.objects.create(provider=acme, email=user.email, issuer="i", subject="s", user=user, last_seen_at=now)
    facts = {"provider": acme, "at": now, "email": user.email, "outcome": "refused", "code": "audience"}
    Attempt.objects.create(**facts, reference="4F7K-92QD", source_ip="198.51.100.7")
    return acme


def with_much_to_say(prod: Cluster) -> None:
    """Give the tabs of a cluster something to show, in words as long as they get."""
    WebhookRefusal.objects.create(cluster=prod, reason=Reason.UNKNOWN, at=timezone.now(), address="198.51.100.7")
    problem = "ClusterRoleBinding runai-identity-0123456789abcdef0123456789abcdef: forbidden by an admission webhook"
    keep_report(prod, AgentReport(seconds=1.5, applied=4, failed=1, drift=["ClusterRole runai-x"], problems=[problem]))


def of_a_cluster(prod: Cluster) -> list[str]:
    with_much_to_say(prod)
    return [f"clustersync/cluster/{prod.pk}/{part}/" for part in PAGES_OF_A_CLUSTER]


def of_a_provider(somebody: User) -> list[str]:
    acme = with_people(somebody)
    return [f"sso/identityprovider/{acme.pk}/{part}/" for part in PARTS_OF_A_PROVIDER]


@pytest.fixture
def addresses(ada: User, alice: User, eve: User, prod: Cluster, robo: Application, tree: cast.Tree) -> list[str]:
    plant_keys()
    cast.make_group("researchers", alice)
    long_names(tree)
    lists = [f"{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    person = [
        f"accounts/user/{alice.pk}/{part}/"
        for part in ("change", "access", "groups", "sessions", "events", "clusters", "delete")
    ]
    group, event = Group.objects.get(), Event.objects.create(action="user:update", token_id="t", session_id="s")
    person += [f"accounts/group/{group.pk}/{part}/" for part in ("members", "access", "events")]
    person += [f"tokens/application/{robo.pk}/{part}/" for part in ("change", "access", "events")]
    person += [f"access/project/{tree.faces.pk}/{part}/" for part in ("change", "access", "events")]
    person += [
        f"audit/event/{event.pk}/change/",
        "audit/event/?result=Succeeded&actor=ada@example.com",
        "audit/event/?q=x",
        f"clustersync/cluster/preview-token/?person={alice.email}&target=cluster:{prod.pk}",
    ]
    forms = ["accounts/user/add/", "access/accessrule/add/", "tokens/application/add/", "sso/identityprovider/add/"]
    cluster, provider = of_a_cluster(prod), of_a_provider(alice)
    asked = [
        "",
        "search/?q=ali",
        "access/accessrule/why/",
        "access/accessrule/roles/?role=1&role=5&role=7",
        "accounts/user/?q=nobody",
    ]
    return [f"/admin/{address}" for address in (*asked, *lists, *person, *forms, *cluster, *provider)]


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_has_a_serious_fault_or_is_too_wide(page: Page, ada: User, addresses: list[str], part: int) -> None:
    faults: list[str] = []
    sign_in(page, ada)
    for number, address in enumerate(addresses[part::PARTS]):
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, address
        page.evaluate(AXE)
        for width, scheme in SEEN[number % 2 * 2 :][:2]:
            faults += [f"{address} {width} {scheme} {fault}" for fault in looked_at(page, width, scheme)]

    assert faults == []


def looked_at(page: Page, width: int, scheme: str) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    over: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    over = max(over, 0) + page.evaluate(CUT_OFF)
    found: list[str] = page.evaluate(RUN, RULES)
    return [*found, *([f"{over} px too wide"] if over > 0 else [])]


def test_the_last_entry_of_the_side_bar_is_on_screen(page: Page, ada: User) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, ada)
    page.goto("/admin/")

    last = page.locator("#nav-sidebar a:visible").last.bounding_box()

    assert last is not None and last["y"] + last["height"] <= 900


def test_a_slash_goes_to_the_search(page: Page, ada: User) -> None:
    sign_in(page, ada)
    page.goto("/admin/accounts/group/")

    page.keyboard.press("/")
    page.keyboard.type("ada")
    page.keyboard.press("Enter")

    page.wait_for_url("**/admin/search/?q=ada")
    page.get_by_role("link", name="ada@example.com", exact=True).first.wait_for()


def test_a_phone_has_a_menu_without_any_script(page: Page, ada: User) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, ada)
    page.goto("/admin/")
    page.get_by_role("button", name="Menu").click()

    page.locator("#nav-sidebar").get_by_role("link", name="Groups", exact=True).click()

    page.wait_for_url("**/admin/accounts/group/")
