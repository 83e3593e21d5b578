"""A list can be narrowed by what its page offers, and by nothing that would tell a secret letter by letter."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib import admin
from django.test import RequestFactory

from accounts.models import Session, User
from tests import cast
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "narrowed",
    ["session/?browser_key__startswith={key}", "user/?password__startswith=md5", "user/?sessions__browser_key={key}"],
)
def test_it_answers_no_question_about_a_secret(ada: User, browser_as: BrowserAs, narrowed: str) -> None:
    browser = browser_as(ada)
    key = Session.objects.get().browser_key

    answer = browser.get(f"/admin/accounts/{narrowed.format(key=key)}")

    assert answer.status_code == 400


SECRET = ("password", "browser_key", "secret_hash", "private_key")


def test_no_page_narrows_by_a_secret_column(ada: User) -> None:
    request = RequestFactory().get("/")
    request.user = ada

    narrowed = [
        f"{model.__name__}.{column}"
        for model, page in admin.site._registry.items()
        for column in SECRET
        if page.has_view_permission(request) and page.lookup_allowed(f"{column}__startswith", "x", request)
    ]

    assert narrowed == []


@pytest.mark.parametrize(
    "offered",
    ["user/?enabled__exact=1", "session/?state=live&kind__exact=browser", "membership/?group__id__exact={group}"],
)
def test_it_narrows_by_what_it_offers(ada: User, bob: User, browser_as: BrowserAs, offered: str) -> None:
    group = cast.make_group("researchers", bob)

    answer = browser_as(ada).get(f"/admin/accounts/{offered.format(group=group.pk)}")

    assert answer.status_code == 200


def test_it_follows_an_object_into_the_audit_log(ada: User, browser_as: BrowserAs) -> None:
    answer = browser_as(ada).get(f"/admin/accounts/user/{ada.pk}/history/", follow=True)

    assert dict(parse_qsl(urlsplit(answer.redirect_chain[-1][0]).query)) == {"entity_id": str(ada.pk)}
    assert answer.status_code == 200
