"""The form of each thing says when it was saved last, and by whom, to those who may read the audit log."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.urls import reverse

import audit.services as audit
from accounts.models import Group, MailSettings, User
from accounts.services.groups import create_group, describe_group
from accounts.services.settings import update_general_settings
from accounts.services.users import update_user
from clustersync.models import Cluster
from clustersync.services.clusters import update_cluster
from tests import cast
from tests.conftest import BrowserAs
from tokens.models import Application
from tokens.services.applications import update_registration

pytestmark = pytest.mark.django_db


def mail_settings(by: User) -> Model:
    update_general_settings(actor=by, session_hours=7)
    return MailSettings.current()


# Each saves something, and returns it.
SAVED: dict[str, Callable[[User], Model]] = {
    "user": lambda by: update_user(actor=by, user=User.objects.get(email="alice@example.com"), first_name="Al"),
    "group": lambda by: describe_group(actor=by, group=cast.make_group("team"), description="of us"),
    "new group": lambda by: create_group(actor=by, name="new"),
    "cluster": lambda by: update_cluster(actor=by, cluster=Cluster.objects.get(), api_url="https://a.example.com"),
    "application": lambda by: update_registration(
        actor=by, application=Application.objects.get(), changes={"display_name": "Robo"}
    ),
    "settings": mail_settings,
}


@pytest.fixture
def reader(ada: User, alice: User, prod: Cluster, robo: Application) -> User:
    return ada


def shown(browser: Any, row: Model) -> str:
    form = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    page: str = browser.get(form).content.decode()
    return " ".join(page.partition("Last saved ")[2].partition("</p>")[0].split())


@pytest.mark.parametrize("kind", SAVED)
def test_a_form_says_when_it_was_saved_last(reader: User, tree: cast.Tree, browser_as: BrowserAs, kind: str) -> None:
    browser, somebody = browser_as(reader), cast.person("somebody")
    cast.rule("user", somebody.email, "System administrator", tree.tenant)
    row = SAVED[kind](somebody)
    audit.record("session:sign-in", actor=None, target=row, result=audit.FAILED)

    said = shown(browser, row)

    assert said.startswith("<time ") and ">just now</time>" in said and said.endswith(" by somebody@example.com.")


def test_another_thing_with_that_id_is_not_meant(reader: User, browser_as: BrowserAs) -> None:
    group = cast.make_group("team")
    audit.record("user:update", actor=reader, target=User(pk=group.pk))

    assert shown(browser_as(reader), Group.objects.get()) == ""


def test_who_may_not_read_the_audit_log_is_not_told(reader: User, vera: User, browser_as: BrowserAs) -> None:
    row = SAVED["settings"](reader)

    assert vera.has_perm("events-history.read") == (shown(browser_as(vera), row) != "")
