"""If-None-Match (RFC 9110 §13.1.2) at everything of the API that has an ETag: the same is not told twice."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from tests.conftest import APIAs
from tests.contract.changing import API, RESOURCES
from tests.contract.test_if_match import api

__all__ = ["api"]


def asked(api: API, kind: str, known: str) -> Any:
    return api.client.get(api.address(RESOURCES[kind]), headers={"If-None-Match": known})


@pytest.mark.parametrize("known", ["{tag}", "W/{tag}", '"other", {tag}', "*"])
@pytest.mark.parametrize("kind", RESOURCES)
def test_what_is_known_is_not_told_again(api: API, kind: str, known: str) -> None:
    first = api.read(RESOURCES[kind])

    again = asked(api, kind, known.format(tag=first.headers["ETag"]))

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "no-store"  # it is about somebody


@pytest.mark.parametrize("kind", RESOURCES)
def test_what_changed_is_told(api: API, kind: str) -> None:
    resource = RESOURCES[kind]
    first = api.read(resource)
    api.change(resource, resource.mine)

    again = asked(api, kind, first.headers["ETag"])

    assert (again.status_code, again.headers["ETag"] == first.headers["ETag"]) == (200, False)
    assert again.json() != first.json()


@pytest.mark.parametrize("known", ['"other"', "other", "", "W/"])
def test_another_tag_is_told_all(api: API, known: str) -> None:
    assert asked(api, "a user's names", known).status_code == 200


def test_what_no_change_can_undo_is_told_as_well(api: API, charlie: User) -> None:
    """The last sign-in is no part of what If-Match compares."""
    first = api.read(RESOURCES["a user's names"])
    User.objects.filter(pk=charlie.pk).update(last_login=timezone.now())

    again = asked(api, "a user's names", first.headers["ETag"])

    assert again.status_code == 200 and again.json() != first.json()
    assert api.change(RESOURCES["a user's names"], {"firstName": "C"}, first.headers["ETag"]).status_code == 200


def test_who_may_not_read_it_is_refused_as_without_the_header(api: API, api_as: APIAs, bob: User) -> None:
    tag = api.read(RESOURCES["a cluster"]).headers["ETag"]
    stranger = API(api_as(bob), api.keys)

    answers = {known: asked(stranger, "a cluster", known) for known in (tag, "*", "")}

    assert {answer.status_code for answer in answers.values()} == {403}
