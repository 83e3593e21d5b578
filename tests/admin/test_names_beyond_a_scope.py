"""Whoever administers a part of the tree reads no name of what lies beyond it, on no page and in no answer.

Somebody in their part is in groups and has roles elsewhere too: it is where pages about them could tell of it.
"""

import html
import json
import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client

from access.models import Scope, ScopeType
from access.services import plant_roots
from accounts.models import User
from tests import cast
from tests.admin.walking import lists
from tests.conftest import APIAs, BrowserAs
from tests.walking import ROOT
from tokens.models import Application

ROLES = (
    "System administrator",
    "Editor",
    "Research manager",
    "Project administrator",
    "Application administrator",
    "Department administrator",
    "Cloud operator",
    "Cloud support",
)
# By where the reader has their role: by which names goes what lies beyond.
BEYOND = {
    "cluster": ("quartz", "opal"),
    "department": ("quartz", "onyx", "opal"),
    "project": ("quartz", "onyx", "jade", "opal"),
}
MOST_PAGES = 400


def node(type_: ScopeType, name: str, parent: Scope) -> Scope:
    return cast.node(type_, str(uuid4()), name, parent)


def plant_beyond(name: str, project: Scope | None, insider: User) -> None:
    """Make a user, a group and an application of this name, in a project if there is one; the insider is there too."""
    user = cast.person(f"{name}-user")
    group = cast.make_group(f"{name}-group", user, insider)
    Application.objects.create(name=f"{name}-app", client_id=f"{name}-app")
    if project:
        cast.rule("user", user.email, "Viewer", project)
        cast.rule("group", group.name, "Viewer", project)
        cast.rule("app", f"{name}-app", "Viewer", project)
        cast.rule("user", insider.email, "ML engineer", project)


@pytest.fixture
def own(db: None) -> dict[str, Scope]:
    """A cluster with a department with a project; beside each another one."""
    plant_roots()
    tenant = Scope.objects.get(pk="1")
    cluster, quartz = node(ScopeType.CLUSTER, "own-c", tenant), node(ScopeType.CLUSTER, "quartz-c", tenant)
    department, onyx = node(ScopeType.DEPARTMENT, "own-d", cluster), node(ScopeType.DEPARTMENT, "onyx-d", cluster)
    project = node(ScopeType.PROJECT, "own-p", department)
    for one in (cluster, quartz):
        cast.cluster(one, f"{one.name}-token")
    insider = cast.person("insider")
    group = cast.make_group("own-group", insider)
    Application.objects.create(name="own-app", client_id="own-app")
    for scope in (cluster, department, project):
        cast.rule("user", insider.email, "Viewer", scope)
        cast.rule("group", group.name, "Viewer", scope)
        cast.rule("app", "own-app", "Viewer", scope)
    elsewhere = node(ScopeType.PROJECT, "quartz-p", node(ScopeType.DEPARTMENT, "quartz-d", quartz))
    plant_beyond("quartz", elsewhere, insider)
    plant_beyond("onyx", node(ScopeType.PROJECT, "onyx-p", onyx), insider)
    plant_beyond("jade", node(ScopeType.PROJECT, "jade-p", department), insider)
    plant_beyond("opal", None, insider)
    return {"cluster": cluster, "department": department, "project": project}


@pytest.fixture
def reader(own: dict[str, Scope], role: str, level: str) -> User:
    user = cast.person("reader")
    cast.rule("user", user.email, role, own[level])
    return user


def pages(browser: Client) -> Iterator[tuple[str, str]]:
    """Each list, each row's page, also of rows that are not listed, and where those lead to."""
    rows = ((address, page.model._base_manager.values_list("pk", flat=True)) for address, page in lists().items())
    to_read = ["/admin/", *(address for address in lists())]
    to_read += [f"{address}{key}/change/" for address, keys in rows for key in keys]
    for address in to_read:
        answer = browser.get(address)
        text = b"".join(answer).decode() if answer.status_code == 200 else ""
        links = {html.unescape(link).partition("?")[0] for link in re.findall(r'href="(/admin/[^"#]*)', text)}
        to_read += [] if len(to_read) > MOST_PAGES else sorted(links - {*to_read})
        yield address, text


def answers() -> Iterator[str]:
    """Each address of the API that lists something, and each user's."""
    described = json.loads((ROOT / "runai_identity/openapi.json").read_text())["paths"]
    yield from (path for path, methods in described.items() if "get" in methods and "{" not in path)
    yield from (f"/api/v1/users/{key}" for key in User.objects.values_list("pk", flat=True))


def said_of(level: str, text: str) -> set[str]:
    names = "|".join(BEYOND[level])
    return {html.unescape(said) for said in re.findall(f".{{,60}}(?:{names}).{{,40}}", text)}


@pytest.mark.parametrize("level", BEYOND)
@pytest.mark.parametrize("role", ROLES)
def test_no_page_tells(reader: User, browser_as: BrowserAs, level: str) -> None:
    told = {address: said for address, text in pages(browser_as(reader)) if (said := said_of(level, text))}

    assert told == {}


@pytest.mark.parametrize("level", BEYOND)
@pytest.mark.parametrize("role", ROLES)
def test_no_answer_tells(reader: User, api_as: APIAs, level: str) -> None:
    api = api_as(reader)
    told = {path: said for path in answers() if (said := said_of(level, api.get(path).content.decode()))}

    assert told == {}
