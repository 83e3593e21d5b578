"""An administrator whose test is refused sees its checks; pages say who sent what was refused, if anybody did."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from sso.models import IdentityProvider
from tests.conftest import BrowserAs
from tests.sso.signing_in import JANE, Visitor, last_attempt, path_of

UNVERIFIED = "anybody can send such a message"
URL = "https://idp.example.com/metadata"


def end(visitor: Visitor) -> None:
    ended = timezone.now() - timedelta(days=3)
    IdentityProvider.objects.filter(pk=visitor.provider.pk).update(metadata_valid_until=ended)


def with_ended_metadata(visitor: Visitor) -> Any:
    end(visitor)
    return visitor.browser.get(path_of(visitor.provider, "login"), {"test": "1"})


def answered(**told: Any) -> Callable[[Visitor], Any]:
    def test(visitor: Visitor) -> Any:
        asked = visitor.idp.read(visitor.ask(test="1"))
        return visitor.post(visitor.idp.answer(asked, **{"name_id": "jane-1", "attributes": JANE, **told}))

    return test


REFUSED: dict[str, Callable[[Visitor], Any]] = {
    "metadata_over": with_ended_metadata,
    "no_email": answered(attributes={}),
    "address_not_declared": answered(attributes={"email": ["jane@elsewhere.com"]}),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_refused_test_leads_to_its_checks(visitor: Visitor, ada: User, browser_as: BrowserAs, code: str) -> None:
    IdentityProvider.objects.update(email_domains=["acme.com"])
    visitor.browser = browser_as(ada)

    answer = REFUSED[code](visitor)

    attempt = last_attempt()
    assert (attempt.code, attempt.is_test) == (code, True)
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/sso/attempt/{attempt.pk}/change/")
    page = visitor.browser.get(answer["Location"]).content.decode()
    assert "The test was refused." in page
    assert 'class="failed"' in page


def test_who_may_not_read_attempts_any_more_is_told_the_reference(
    visitor: Visitor, ada: User, browser_as: BrowserAs
) -> None:
    visitor.browser = browser_as(ada)
    asked = visitor.idp.read(visitor.ask(test="1"))
    visitor.browser.logout()
    visitor.browser.cookies.clear()

    answer = visitor.post(visitor.idp.answer(asked, name_id="jane-1", attributes={}))

    assert answer.status_code in (400, 401, 403)
    assert last_attempt().reference in answer.content.decode()


@pytest.mark.parametrize(("test", "message"), [(False, False), (True, False), (False, True)])
def test_only_where_a_message_came_its_sender_is_named(
    visitor: Visitor, ada: User, browser_as: BrowserAs, test: bool, message: bool
) -> None:
    admin = browser_as(ada)
    asked = visitor.idp.read(visitor.ask()) if message else None  # before the end
    end(visitor)

    if asked:
        visitor.post(visitor.idp.answer(asked, name_id="jane-1", attributes=JANE))
    else:
        (admin if test else Client()).get(path_of(visitor.provider, "login"), {"test": "1"} if test else {})

    told = {
        f"/admin/sso/attempt/{last_attempt().pk}/change/": UNVERIFIED,
        f"/admin/sso/identityprovider/{visitor.provider.pk}/sign-ins/": "not verified",
        "/admin/sso/attempt/": ">anybody<",
    }
    for url, words in told.items():
        assert (words in admin.get(url).content.decode()) is message


@pytest.mark.parametrize(("ended", "address"), list(product([False, True], [False, True])))
def test_enabling_says_that_nobody_can_sign_in_by_ended_metadata(
    visitor: Visitor, ada: User, browser_as: BrowserAs, ended: bool, address: bool
) -> None:
    IdentityProvider.objects.update(enabled=False, metadata_url=URL if address else "")
    if ended:
        end(visitor)
    asked = {"action": "enable", "_selected_action": [visitor.provider.pk]}

    page = browser_as(ada).post("/admin/sso/identityprovider/", asked).content.decode()

    assert "The sign-in page offers it from now on" in page
    assert "People can sign in" not in page
    assert ("Nobody can sign in with" in page) is ended
    assert ("Fetch the metadata again" in page) is (ended and address)


@pytest.mark.parametrize("address", [False, True])
def test_the_page_says_fetch_only_of_what_has_an_address(
    visitor: Visitor, ada: User, browser_as: BrowserAs, address: bool
) -> None:
    IdentityProvider.objects.update(metadata_url=URL if address else "")
    end(visitor)

    page = browser_as(ada).get(f"/admin/sso/identityprovider/{visitor.provider.pk}/change/").content.decode()

    assert ("Fetch the metadata again" in page) is address
    assert ("Give the present metadata" in page) is not address
