"""If-Match (RFC 9110 §13.1.1) at everything that the API can change: nothing is changed that the caller did not see."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from access.models import AccessRule
from accounts.api.settings import KEYS
from accounts.models import User
from common.expectations import expect
from tests.access.test_deny_by_default import CALLS, RBAC_STATUS, TOKENREVIEW, VIEWS
from tests.conftest import APIAs
from tests.contract.changing import API, RESOURCES, SETTINGS, Body, row_of
from tests.sso.idp import IdP
from tests.sso.signing_in import connect
from tests.two_at_once.interleaving import two_connections
from tokens.models import Application

DELETABLE = {"a user's names", "an application", "a service account", "a cluster", "a directory"}
# With callers of their own, which send no such header.
GUARDED_APART = {TOKENREVIEW, RBAC_STATUS}
CHANGED = {one.address for one in RESOURCES.values()} | {f"{SETTINGS}x"}


@pytest.fixture
def api(ada: User, charlie: User, robo: Application, api_as: APIAs) -> API:
    AccessRule.objects.filter(subject_type="app").delete()
    for alias in ("corp", "lab"):
        connect(IdP(), alias=alias)
    people, robots = str(charlie.pk), str(robo.pk)
    keys = {"/api/v1/users": people, "/api/v1/apps": robots, "/api/v1/service-accounts": robots}
    client = api_as(ada)
    spare = client.post("/api/v1/clusters", {"name": "spare"}, format="json").json()["uuid"]
    return API(client, {**keys, "/api/v1/clusters": spare})


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Let something happen once, after a request was compared with the row and before its verb locks it."""

    def do(change: Callable[[], Any]) -> None:
        left = [change]

        def after_that(*args: Any) -> None:
            expect(*args)
            if left:
                assert left.pop()().status_code < 300
                expect(*args)

        monkeypatch.setattr("common.preconditions.expect", after_that)

    return do


def test_it_tries_all_that_can_be_changed() -> None:
    read_and_changed = {
        path
        for path, view in VIEWS.items()
        if hasattr(view, "get") and (hasattr(view, "put") or hasattr(view, "patch"))
    }

    tried = {one.address for one in RESOURCES.values()}
    settings = {f"{SETTINGS}{key}" for key in KEYS}
    assert (tried - settings) | {f"{SETTINGS}x"} == read_and_changed
    assert settings < tried


@pytest.mark.parametrize("kind", RESOURCES)
def test_a_change_of_what_was_read_is_made(api: API, kind: str) -> None:
    resource = RESOURCES[kind]
    before = api.read(resource)

    answer = api.change(resource, resource.mine, before.headers["ETag"])

    assert answer.status_code in (200, 202)
    after = api.read(resource)
    assert after.headers["ETag"] != before.headers["ETag"]
    assert answer.headers.get("ETag", after.headers["ETag"]) == after.headers["ETag"]


@pytest.mark.parametrize("kind", RESOURCES)
def test_what_somebody_changed_since_is_refused_and_stays(api: API, kind: str) -> None:
    resource = RESOURCES[kind]
    tag = api.read(resource).headers["ETag"]
    api.change(resource, resource.theirs)
    theirs = api.read(resource)

    answer = api.change(resource, resource.mine, tag)

    assert (answer.status_code, answer.json()["details"]) == (412, "changed_meanwhile")
    assert api.read(resource).content == theirs.content


@pytest.mark.parametrize("kind", RESOURCES)
def test_what_somebody_changes_at_that_moment_is_refused_and_stays(api: API, meanwhile: Any, kind: str) -> None:
    resource = RESOURCES[kind]
    tag = api.read(resource).headers["ETag"]
    meanwhile(lambda: api.change(resource, resource.theirs))

    answer = api.change(resource, resource.mine, tag)

    assert (answer.status_code, answer.json()["details"]) == (412, "changed_meanwhile")
    assert api.change(resource, resource.theirs, api.read(resource).headers["ETag"]).status_code in (200, 202)


@pytest.mark.parametrize("at_that_moment", [False, True])
@pytest.mark.parametrize("kind", sorted(DELETABLE))
def test_what_somebody_changed_is_not_deleted(api: API, meanwhile: Any, kind: str, at_that_moment: bool) -> None:
    resource = RESOURCES[kind]
    tag = api.read(resource).headers["ETag"]
    if at_that_moment:
        meanwhile(lambda: api.change(resource, resource.theirs))
    else:
        api.change(resource, resource.theirs)

    assert api.delete(resource, tag).status_code == 412

    now = api.read(resource)
    assert now.status_code == 200
    assert api.delete(resource, now.headers["ETag"]).status_code in (200, 204)


@pytest.mark.parametrize("kind", RESOURCES)
def test_a_change_without_the_header_is_made(api: API, kind: str) -> None:
    resource = RESOURCES[kind]
    api.change(resource, resource.theirs)

    assert api.change(resource, resource.mine).status_code in (200, 202)
    assert api.change(resource, resource.theirs, "*").status_code in (200, 202)


@pytest.mark.parametrize(
    "given", ['"other", {tag}', '{tag},"other"', 'W/"other", {tag}', "{tag},", ' ,, "a,b" ,{tag} ', "*"]
)
def test_one_of_several_tags_is_enough(api: API, given: str) -> None:
    resource = RESOURCES["a user's names"]
    tag = api.read(resource).headers["ETag"]

    assert api.change(resource, resource.mine, given.format(tag=tag)).status_code == 200


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("W/{tag}", 412),
        ('"other"', 412),
        ('""', 412),
        ("other", 400),
        ("{tag} {tag}", 400),
        ("{tag} x", 400),
        ('"a\u00e9"', 412),
        ('*, "other"', 400),
        ("", 400),
        ('"' + "a" * 3000 + '"', 400),
        (", " * 900, 400),
    ],
)
def test_a_weak_or_strange_tag_changes_nothing(api: API, given: str, status: int) -> None:
    resource = RESOURCES["a user's names"]
    before = api.read(resource)

    answer = api.change(resource, resource.mine, given.format(tag=before.headers["ETag"]))

    assert answer.status_code == status
    assert api.read(resource).content == before.content


def test_a_sign_in_makes_no_reading_outdated(api: API, charlie: User) -> None:
    resource = RESOURCES["a user's names"]
    tag = api.read(resource).headers["ETag"]
    api.client.post("/api/v1/token", {})
    User.objects.filter(pk=charlie.pk).update(last_login=charlie.created_at)

    assert api.change(resource, resource.mine, tag).status_code == 200


@pytest.mark.parametrize(
    ("path", "method"),
    [
        (path, method)
        for path, method in CALLS
        if method != "GET" and (path not in CHANGED or method == "POST") and path not in GUARDED_APART
    ],
)
def test_what_has_no_tag_is_not_changed_as_if_it_had(api: API, path: str, method: str) -> None:
    answer = api.client.generic(method, path, "", headers={"If-Match": '"x"'})

    assert (answer.status_code, answer.json()["details"]) == (412, "no_version")


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time")
@pytest.mark.parametrize("kind", RESOURCES)
def test_of_two_at_once_one_is_refused(api: API, ada: User, api_as: APIAs, kind: str) -> None:
    resource = RESOURCES[kind]
    row = row_of(api.address(resource))
    other = API(api_as(copy.deepcopy(ada)), api.keys)

    def changing(by: API, body: Body) -> Callable[[], Any]:
        row.save()  # as it was
        tag = api.read(resource).headers["ETag"]
        return lambda: by.change(resource, body, tag)

    with two_connections() as both:
        for at in range(1, both.count(changing(api, resource.mine)) + 1):
            one, two = both.run(changing(api, resource.mine), changing(other, resource.theirs), at=at)
            assert sorted([str(one.ended), str(two.ended)]) == ["412", "done"], at


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time")
@pytest.mark.parametrize("kind", [kind for kind, one in RESOURCES.items() if one.address.startswith(SETTINGS)])
def test_of_two_at_once_without_the_header_one_whole_value_stays(api: API, ada: User, api_as: APIAs, kind: str) -> None:
    """As each of the two sent it: a mixture of both was tried and read by nobody."""
    resource = RESOURCES[kind]
    row, other = row_of(api.address(resource)), API(api_as(copy.deepcopy(ada)), api.keys)
    whole = []
    for body in (resource.mine, resource.theirs):
        row.save()  # as it was
        api.change(resource, body)
        whole.append(api.read(resource).json())

    def changing(by: API, body: Body) -> Callable[[], Any]:
        row.save()
        return lambda: by.change(resource, body)

    with two_connections() as both:
        for at in range(1, both.count(changing(api, resource.mine)) + 1):
            one, two = both.run(changing(api, resource.mine), changing(other, resource.theirs), at=at)
            assert (one.ended, two.ended) == ("done", "done"), at
            assert api.read(resource).json() in whole, at
