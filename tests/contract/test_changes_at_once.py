"""Two who change different fields of one thing at the same moment, without If-Match: both changes stay."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import permutations
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model

from accounts.models import User
from common.preconditions import Version
from tests.conftest import APIAs
from tests.contract.changing import API, RESOURCES, SETTINGS, Resource, row_of
from tests.contract.test_if_match import api
from tests.two_at_once.interleaving import two_connections

__all__ = ["api"]


def pairs() -> Iterator[tuple[Resource, Resource]]:
    """Every two fields of one address, each with the change of it; a whole value of the settings has no fields."""
    single = [
        Resource(one.address, {name: value}, {}, one.method)
        for one in RESOURCES.values()
        for body in (one.mine, one.theirs)
        for name, value in body.items()
        if not one.address.startswith(SETTINGS)
    ]
    for mine, theirs in permutations(single, 2):
        if mine.address == theirs.address and mine.mine.keys() != theirs.mine.keys():
            yield mine, theirs


def named(resource: Resource) -> str:
    return f"{resource.address.split('/')[3]} {next(iter(resource.mine))}"


PAIRS = {f"{named(mine)}, while {named(theirs)}": (mine, theirs) for mine, theirs in pairs()}


def both_stay(api: API, mine: Resource, theirs: Resource) -> bool:
    told = api.read(mine).json()
    told["email"] = told.get("username", told.get("email"))  # as a user's is told
    return all(told[name] == value for name, value in {**mine.mine, **theirs.mine}.items())


@pytest.mark.parametrize("name", PAIRS)
def test_what_was_changed_since_the_row_was_read_stays(api: API, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    mine, theirs = PAIRS[name]
    unchanged, left = Version.unchanged, [theirs]

    @contextmanager
    def after_another(self: Version, request: Any, row: Model) -> Iterator[None]:
        if left:
            assert api.change(theirs, left.pop().mine).status_code in (200, 202)
        with unchanged(self, request, row):
            yield

    monkeypatch.setattr(Version, "unchanged", after_another)

    answer = api.change(mine, mine.mine)

    assert answer.status_code in (200, 202) and both_stay(api, mine, theirs)
    assert not answer.content or answer.json() == api.read(mine).json()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time")
@pytest.mark.parametrize("name", PAIRS)
def test_of_two_at_once_both_stay(api: API, ada: User, api_as: APIAs, name: str) -> None:
    mine, theirs = PAIRS[name]
    row, other = row_of(api.address(mine)), API(api_as(copy.deepcopy(ada)), api.keys)

    def changing(by: API, resource: Resource) -> Callable[[], Any]:
        row.save()  # as it was
        return lambda: by.change(resource, resource.mine)

    with two_connections() as both:
        for at in range(1, both.count(changing(api, mine)) + 1):
            one, two = both.run(changing(api, mine), changing(other, theirs), at=at)
            assert (one.ended, two.ended, both_stay(api, mine, theirs)) == ("done", "done", True), at
