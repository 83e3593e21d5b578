"""One search over the whole admin, which shows nobody more than their lists do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Session, User
from audit.models import Event
from clustersync.models import Cluster
from tests import cast
from tests.conftest import BrowserAs
from tokens.models import Application

SEARCH = "/admin/search/"


@pytest.fixture
def deployment(tree: cast.Tree, ada: User, alice: User, prod: Cluster, robo: Application) -> cast.Tree:
    cast.make_group("Researchers", alice)
    return tree


@pytest.mark.parametrize(
    ("text", "title", "words"),
    [
        ("ali", "Users", "alice@example.com"),
        ("ALICE@Example", "Users", "alice@example.com"),
        ("alice@example.com", "Access rules", "alice@example.com is Editor in faces"),
        ("rese", "Groups", "Researchers"),
        ("rob", "Applications", "robo"),
        ("prod", "Clusters", "prod"),
        ("vis", "Departments", "vision"),
        ("fac", "Projects", "faces"),
    ],
)
def test_it_finds_by_the_beginning_of_a_name(
    deployment: cast.Tree, ada: User, browser_as: BrowserAs, text: str, title: str, words: str
) -> None:
    page = browser_as(ada).get(SEARCH, {"q": text}).content.decode()

    section = page.partition(f">{title}</h2>")[2].partition("</section>")[0]
    assert f">{words}</a>" in section


def test_it_finds_by_the_ids_of_the_log(deployment: cast.Tree, ada: User, browser_as: BrowserAs) -> None:
    browser = browser_as(ada)
    event, session = Event.objects.latest("at"), Session.objects.get()

    for text in (event.request_id, str(session.pk), str(ada.pk)):
        assert f"/admin/audit/event/{event.pk}/change/" in browser.get(SEARCH, {"q": text}).content.decode(), text


@pytest.mark.parametrize("text", ["ada", "dial", "speech", "ada@example.com"])
def test_it_shows_nobody_more_than_their_lists_do(
    deployment: cast.Tree, vera: User, browser_as: BrowserAs, text: str
) -> None:
    page = browser_as(vera).get(SEARCH, {"q": text}).content.decode()

    assert "Nothing that you may see" in page


@pytest.mark.parametrize("text", ["", " ", "%", "_", "'", "\0", "\ud800", "<script>", "a " * 40, "x" * 5000, "٣"])
def test_it_takes_whatever_is_typed(deployment: cast.Tree, ada: User, browser_as: BrowserAs, text: str) -> None:
    answer = browser_as(ada).get(SEARCH, {"q": text.encode(errors="surrogatepass")})

    assert answer.status_code in (200, 400)
    assert "alice" not in answer.content.decode() and "<script>" not in answer.content.decode().replace(
        "<script src", ""
    )


def test_it_is_closed_to_who_has_nothing_to_administer(charlie: User, browser_as: BrowserAs) -> None:
    assert browser_as(charlie).get(SEARCH, {"q": "a"}, follow=True).status_code == 403


def test_it_is_on_every_page_and_takes_one_statement_a_kind(
    deployment: cast.Tree, ada: User, browser_as: BrowserAs
) -> None:
    browser = browser_as(ada)
    assert f'action="{SEARCH}"' in browser.get("/admin/accounts/user/").content.decode()

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.get(SEARCH, {"q": "some"})
        return len(asked)

    statements()
    before = statements()
    for number in range(20):
        cast.person(f"some{number}")
        cast.make_group(f"some{number}")
    assert statements() == before
