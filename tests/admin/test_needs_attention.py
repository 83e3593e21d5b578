"""The first page names what fails or will, to whoever may see it, with the page where it is put right."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit.services as audit
from access.models import AccessRule
from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster
from clustersync.models.rbac import SyncReport
from sso.models import Attempt, IdentityProvider
from tests import cast
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tests.sso.idp import IdP
from tests.sso.signing_in import connect
from tokens.models import Application, SigningKey

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def listed(browser: Client) -> str:
    page = browser.get("/admin/").content.decode()
    return page.partition('id="attention"')[2].partition("</section>")[0]


def silent_cluster() -> None:
    cluster = Cluster.objects.get()
    SyncReport.objects.create(cluster=cluster, at=timezone.now() - timedelta(hours=2), seconds=1)


def drifting_cluster() -> None:
    SyncReport.objects.create(cluster=Cluster.objects.get(), at=timezone.now(), seconds=1, drift=["a role binding"])


def failing_agent() -> None:
    SyncReport.objects.create(cluster=Cluster.objects.get(), at=timezone.now(), seconds=1, failed=3)


def refused_sign_ins() -> None:
    provider = connect(IdP(), alias="corp", name="Acme")
    facts = {"at": timezone.now(), "outcome": "refused", "is_of_provider": True}
    Attempt.objects.create(provider=provider, reference="4F7K-92QD", **facts)


def metadata_that_is_gone() -> None:
    connect(IdP(), alias="corp", name="Acme")
    IdentityProvider.objects.update(metadata_problem="404")


def locked_person() -> None:
    for _ in range(11):
        Client().post("/login", {"email": "charlie@example.com", "password": "wrong"})


def unused_administrator() -> None:
    olga = cast.person("olga")
    User.objects.filter(pk=olga.pk).update(created_at=timezone.now() - timedelta(days=200))
    cast.rule("user", olga.email, "System administrator", cast.plant_tree().tenant)


def one_administrator() -> None:
    assert AccessRule.objects.filter(administers=True).count() == 1


def an_old_secret() -> None:
    Application.objects.filter(name="robo").update(previous_secret_ends_at=timezone.now() + timedelta(minutes=40))


def keys_about_to_rotate() -> None:
    plant_keys()
    SigningKey.objects.update(created_at=timezone.now() - timedelta(days=29), activated_at=None)


KINDS: list[tuple[Callable[[], None], str]] = [
    (silent_cluster, "prod: silent"),
    (drifting_cluster, "prod: drift"),
    (failing_agent, "prod: the agent fails"),
    (refused_sign_ins, "Acme: sign-ins fail"),
    (metadata_that_is_gone, "Acme: metadata"),
    (locked_person, "charlie@example.com is locked"),
    (unused_administrator, "olga@example.com: unused administrator"),
    (one_administrator, "Only one system administrator"),
    (an_old_secret, "robo: the old secret ends"),
    (keys_about_to_rotate, "The RS256 key is about to rotate"),
]
each_kind = pytest.mark.parametrize(("cause", "title"), KINDS, ids=[cause.__name__ for cause, _ in KINDS])


@pytest.fixture
def deployment(ada: User, charlie: User, prod: Cluster, robo: Application) -> None:
    """One in which nothing is wrong, but that there is one administrator."""


@each_kind
def test_it_names_it_with_the_page_that_helps(
    deployment: None, admin: Client, cause: Callable[[], None], title: str
) -> None:
    before = listed(admin)
    cause()
    after = listed(admin)

    assert (title in before) == (cause is one_administrator)
    link = after.partition(f'">{title}')[0].rpartition('href="')[2].replace("&amp;", "&")
    assert title in after and admin.get(link).status_code == 200


@each_kind
def test_it_says_nothing_of_it_to_who_may_not_see_it(
    deployment: None, browser_as: BrowserAs, tree: cast.Tree, cause: Callable[[], None], title: str
) -> None:
    gina = cast.person("gina")
    cast.rule("user", gina.email, "Department administrator", tree.speech)
    cause()

    assert title not in listed(browser_as(gina))


def test_it_plots_each_day_and_has_the_numbers_in_a_table(admin: Client, charlie: User) -> None:
    old = audit.record("session:sign-in", actor=charlie)
    yesterday = timezone.now() - timedelta(days=1)
    super(type(Event.objects.all()), Event.objects.filter(pk=old.pk)).update(at=yesterday)
    Client().post("/login", {"email": charlie.email, "password": "wrong"})

    page = admin.get("/admin/").content.decode()
    table = page.partition('id="sign-ins"')[2].partition("</table>")[0]

    assert table.count("<tr>") == 31
    cells = re.sub(r' data-label="[^"]*"', "", table)
    assert f"{yesterday:%Y-%m-%d}</th><td>1</td><td>0</td>" in cells
    assert f"{timezone.now():%Y-%m-%d}</th><td>1</td><td>1</td>" in cells


def test_it_takes_the_same_statements_whatever_there_is(deployment: None, admin: Client) -> None:
    admin.get("/admin/")

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            admin.get("/admin/")
        return len(asked)

    before = statements()
    for number in range(50):
        cast.person(f"somebody{number}")
        cast.make_group(f"group{number}")
        audit.record("session:sign-in", actor=None)

    assert statements() == before
