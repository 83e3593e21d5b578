"""A list takes what its page offers, and nothing by which a secret could be read letter by letter."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.contrib.admin.options import ModelAdmin
from django.db import connection
from django.test import Client, RequestFactory

from accounts.models import Session, User
from common.changelist import NotOffered
from tests import cast
from tests.admin.walking import GUESSING, SOME, is_secret, lists, paths
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db
each_list = pytest.mark.parametrize("address", sorted(lists()))


def asked(user: User, name: str = "p", value: str = "1") -> Any:
    request = RequestFactory().get("/", {name: value.encode(errors="surrogatepass")})
    request.user = user
    return request


def offered_by(page: ModelAdmin[Any], user: User) -> set[str]:
    changelist: Any = page.get_changelist_instance(asked(user))
    filters = [changelist._filter(item, asked(user), {}) for item in changelist.list_filter]
    return {name for one in filters for name in one.expected_parameters()}


def guesses(path: str) -> tuple[str, ...]:
    if is_secret(path):
        return GUESSING
    return ("__regex",) if "__" in path else SOME


@pytest.mark.slow
@each_list
def test_a_list_takes_no_look_up_but_those_of_its_filters(ada: User, address: str) -> None:
    """Whatever Django reaches from there in three steps, secrets among it: refused, and nothing is asked of a row."""
    page = lists()[address]
    offered, names = offered_by(page, ada), set()
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.extend(str(value) for value in params or ())
        return execute(sql, params, many, context)

    for path in paths(page.model):
        names |= {f"{path}{lookup}" for lookup in guesses(path)}
    with connection.execute_wrapper(note):
        for name in names - offered:
            with pytest.raises(NotOffered):
                page.get_changelist_instance(asked(ada, name, "guess"))

    assert len(names) > 20
    assert not any("guess" in value for value in sent)
    assert not any(is_secret(name.rsplit("__", 1)[0]) or "regex" in name for name in offered)


SECRETS = {
    "accounts/user": ("password__startswith", "sessions__browser_key__startswith"),
    "accounts/session": ("browser_key__startswith", "user__password__startswith"),
    "accounts/membership": ("user__password__startswith", "group__membership__user__password__startswith"),
    "sso/attempt": ("provider__identities__user__password__startswith",),
    "sso/identity": ("provider__identities__user__password__startswith", "user__sessions__browser_key__startswith"),
    "tokens/consent": ("application__secret_hash__startswith",),
    "tokens/application": ("secret_hash__startswith", "grants__current_hash__startswith"),
    "clustersync/cluster": ("credentials__secret_hash__startswith",),
    "access/accessrule": ("scope__cluster__credentials__secret_hash__startswith",),
}


@pytest.mark.parametrize(("page", "name"), [(page, name) for page, names in SECRETS.items() for name in names])
def test_a_right_guess_and_a_wrong_one_read_the_same(ada: User, browser_as: BrowserAs, page: str, name: str) -> None:
    browser = browser_as(ada)
    guesses = {*ada.password[:1], *Session.objects.get().browser_key[:1], "!", ""}

    answers = [browser.get(f"/admin/{page}/", {name: guess}) for guess in sorted(guesses)]

    assert {answer.status_code for answer in answers} == {400}
    assert {said(answer) for answer in answers} == {
        f"The list can't be shown as the address asks. {name[:60]}: this list can't be narrowed by it."
    }


def said(answer: Any) -> str:
    """What a refused list says; the rest of the page has a CSRF token, another one each time."""
    found = re.search(r'class="errornote">(.*?)</p>', answer.content.decode())
    return unescape(found[1]) if found else ""


@each_list
def test_every_link_of_a_list_is_taken(ada: User, browser_as: BrowserAs, address: str) -> None:
    browser = browser_as(ada)
    links = links_in(browser, address)
    for link in links:
        assert browser.get(f"{address}{link}").status_code == 200, link

    assert links or 'class="empty"' in browser.get(address).content.decode()


def links_in(browser: Client, address: str) -> set[str]:
    page = browser.get(address).content.decode()
    return {unescape(link) for link in re.findall(r'href="(\?[^"]*)"', page)}


@each_list
def test_what_is_given_twice_is_refused(ada: User, browser_as: BrowserAs, address: str) -> None:
    assert browser_as(ada).get(f"{address}?p=1&p=2").status_code == 400


@pytest.mark.parametrize(
    "offered",
    ["user/?enabled__exact=1", "session/?state=live&kind__exact=browser", "membership/?group__id__exact={group}"],
)
def test_it_narrows_by_what_it_offers(ada: User, bob: User, browser_as: BrowserAs, offered: str) -> None:
    group = cast.make_group("researchers", bob)

    answer = browser_as(ada).get(f"/admin/accounts/{offered.format(group=group.pk)}")

    assert answer.status_code == 200


def test_it_says_by_what_a_link_narrows_it_and_how_to_lift_that(ada: User, bob: User, browser_as: BrowserAs) -> None:
    group, other = cast.make_group("researchers", bob), cast.make_group("strangers", ada)

    page = browser_as(ada).get(f"/admin/accounts/membership/?group__id__exact={group.pk}").content.decode()

    assert "bob@example.com" in page and other.name not in page
    assert 'href="?"' in page


def test_it_follows_an_object_into_the_audit_log(ada: User, browser_as: BrowserAs) -> None:
    answer = browser_as(ada).get(f"/admin/accounts/user/{ada.pk}/history/", follow=True)

    assert dict(parse_qsl(urlsplit(answer.redirect_chain[-1][0]).query)) == {"entity_id": str(ada.pk)}
    assert answer.status_code == 200
