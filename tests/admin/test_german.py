"""Each page of the administration in German: nothing of what the catalogue translates is left in English."""

from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster
from sso.models import Attempt
from tests.admin.walking import lists
from tests.cast import Tree, make_group
from tests.conftest import BrowserAs
from tests.habits.test_translations import entries
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, last_attempt
from tokens.models import Application

GERMAN = {"Accept-Language": "de"}
MORE = [
    "/admin/",
    "/admin/access/accessrule/roles/?role=1&role=5",
    "/admin/search/?q=ada",
    "/admin/access/accessrule/add/",
    "/admin/accounts/user/add/",
]
SETTINGS = [f"/admin/accounts/{name}/1/change/" for name in ("generalsettings", "signinsettings", "tokensettings")]
TABS = ("change", "access", "groups", "sessions", "factors", "events", "clusters")
PARTS_OF_A_PROVIDER = ("change", "metadata", "assertions", "people", "sign-ins", "events")
PARTS_OF_A_CLUSTER = ("change", "access", "credentials", "agent", "refused", "events")
# The same letters stand for something else there: a name of a role, an action, a column of data.
DATA = {"password", "tenant", "read", "create", "update", "delete"}


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in ("script", "code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("script", "code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.found.add(data.strip())


def english() -> set[str]:
    """Return the texts that have another form in German, with a capital and without."""
    pairs = [(entry.ids[0], entry.strings[0]) for entry in entries()]
    german = {text for _, text in pairs}
    texts = {text for text, translated in pairs if text.lower() != translated.lower() and text not in german}
    return {form for text in texts for form in (text, text[:1].upper() + text[1:])} - DATA


@pytest.mark.parametrize("path", [*lists(), *MORE, *SETTINGS])
def test_no_english_is_left(browser_as: BrowserAs, ada: User, path: str) -> None:
    page = browser_as(ada).get(path, headers=GERMAN, follow=True)
    assert page.status_code == 200
    reader = Texts()
    reader.feed(page.content.decode())
    assert '<html lang="de">' in page.content.decode()
    left = sorted(reader.found & english())
    assert not left, left


def left_in_english(browser: Client, address: str) -> list[str]:
    answer = browser.get(address, headers=GERMAN)
    assert answer.status_code == 200, address
    reader = Texts()
    reader.feed(answer.content.decode())
    return [f"{address}: {text}" for text in sorted(reader.found & english())]


def test_no_english_is_left_on_the_pages_of_one_thing(
    browser_as: BrowserAs, ada: User, alice: User, eve: User, prod: Cluster, robo: Application, tree: Tree
) -> None:
    group, acme = make_group("researchers", alice), connect(IdP(), alias="acme")
    event = Event.objects.create(action="user:update", source_ip="10.0.0.1")
    parts = {
        f"accounts/user/{alice.pk}": (*TABS, "delete", "cut-access", "rename"),
        f"accounts/group/{group.pk}": ("change", "members", "access", "events", "delete"),
        f"tokens/application/{robo.pk}": ("change", "access", "events"),
        f"access/project/{tree.faces.pk}": ("change", "access", "events"),
        f"clustersync/cluster/{prod.pk}": (*PARTS_OF_A_CLUSTER, "connect", "doctor", "verify-token", "delete"),
        f"sso/identityprovider/{acme.pk}": PARTS_OF_A_PROVIDER,
        f"audit/event/{event.pk}": ("change",),
    }
    pages, browser = [f"{of}/{part}/" for of in parts for part in parts[of]], browser_as(ada)

    left = [text for page in pages for text in left_in_english(browser, f"/admin/{page}")]
    assert not left, "\n".join(left)


def test_what_a_sign_in_left_out_is_told_in_german(browser_as: BrowserAs, ada: User) -> None:
    idp, browser = IdP(), browser_as(ada)
    visitor = Visitor(idp, connect(idp, group_names=["eng"]))
    visitor.sign_in(attributes={**JANE, "GROUPS": ["eng", "ops", "system:masters", " eng"]})
    User.objects.filter(email="jane@acme.com").update(email_verified_by="")
    visitor.sign_in(attributes={**JANE, "email": ["jane.doe@acme.com"]})

    notes = [
        unescape(browser.get(f"/admin/sso/attempt/{attempt.pk}/change/", headers=GERMAN).content.decode())
        for attempt in Attempt.objects.order_by("at")
    ]

    assert "ops (keine seiner Gruppen)" in notes[0]
    assert "'system:masters' ist weggelassen: Kubernetes behält sich system: vor." in notes[0]
    assert "' eng' ist weggelassen: enthält Steuerzeichen oder Leerraum am Rand." in notes[0]
    assert "Niemand bestätigt diese Adresse jetzt: ein Administrator kann sie bestätigen." in notes[1]


def test_a_refused_sign_in_is_told_in_german(browser_as: BrowserAs, ada: User) -> None:
    idp, browser = IdP(), browser_as(ada)
    provider = connect(idp, create_users=False)
    Visitor(idp, provider).sign_in()
    address = f"/admin/sso/attempt/{last_attempt().pk}/change/"

    shown = browser.get(address, headers=GERMAN).content.decode()

    assert left_in_english(browser, address) == []
    assert "Dieser Anbieter legt keine Benutzer an" in shown and ">passed<" not in shown


def test_the_report_of_what_was_cut_is_told_in_german(
    browser_as: BrowserAs, ada: User, alice: User, prod: Cluster, robo: Application
) -> None:
    Application.objects.update(created_by=alice.email)
    browser = browser_as(ada)
    report = browser.post(f"/admin/accounts/user/{alice.pk}/cut-access/", {"disable": "on"})["Location"]

    shown = browser.get(report, headers=GERMAN).content.decode()

    assert left_in_english(browser, report) == []
    assert "Anwendungen, die Access-Token selbst prüfen" in shown and "Browser-Sitzungen" in shown
    assert "Anwendung robo" in shown and "er fragt uns" in shown


SIGN_INS: list[dict[str, Any]] = [
    {},
    {"audiences": [["https://other.example.com"]]},
    {"attributes": {"email": ["jane@elsewhere.test"]}},
    {"attributes": {"mail": ["jane@acme.test"]}},
    {"attributes": {"email": ["jane@acme.test"], "GROUPS": ["a" * 300], "uid": ["x"]}},
]


@pytest.mark.parametrize("said", SIGN_INS)
def test_the_findings_of_a_sign_in_are_told_in_german_with_their_values(
    browser_as: BrowserAs, ada: User, said: dict[str, Any]
) -> None:
    idp, browser = IdP(), browser_as(ada)
    provider = connect(idp, email_domains=["acme.test"], groups_attribute="GROUPS", uid_attribute="uid")
    Visitor(idp, provider).sign_in(**said)
    attempt = last_attempt()

    shown = unescape(browser.get(f"/admin/sso/attempt/{attempt.pk}/change/", headers=GERMAN).content.decode())

    english = [check["detail"] for check in attempt.checks if check.get("wording")]
    assert english and not [detail for detail in english if detail in shown]
    assert "<td>listed</td>" not in shown
