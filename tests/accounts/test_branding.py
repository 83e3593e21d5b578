"""The organisation's name, logo and accent: on every page, in mails, and as public files at their digests."""

from hashlib import sha256
from html import escape
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.colours import stylesheet
from accounts.models import GeneralSettings, Logo, Session, User
from accounts.services.branding import brand_of, reset_branding, update_branding
from accounts.services.mail_texts import message, trial_text
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Forbidden, Invalid
from tests.accounts.logos import ONE_OF_EACH, SCRIPT, png
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db
FOREVER = "public, max-age=31536000, immutable"
ACCENT = "#e8590c"
MARKUP = ["Acme <b>&amp;", '"><script>alert(1)</script>', "{{ user }}{% now %}", "אקמה", "a' onload='x", "%s %(x)s"]


def address_of(name: str) -> str:
    return str(getattr(brand_of(GeneralSettings.current()), name))


def logo() -> Logo:
    update_branding(actor=SYSTEM, logo=png())
    return Logo.objects.get()


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_logo_is_served_at_its_digest(client: Client, name: str) -> None:
    update_branding(actor=SYSTEM, logo=ONE_OF_EACH[name])

    answer = client.get(address_of("logo"))

    assert answer.content == ONE_OF_EACH[name]
    assert answer.headers["Content-Type"] == f"image/{name.split()[-1].lower() if 'alpha' not in name else 'webp'}"
    assert address_of("logo") == f"/branding/{sha256(answer.content).hexdigest()}"


def test_so_is_the_accent(client: Client) -> None:
    update_branding(actor=SYSTEM, brand_accent=ACCENT)

    answer = client.get(address_of("stylesheet"))

    assert answer.content.decode() == stylesheet(ACCENT) and ACCENT in stylesheet(ACCENT)
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert address_of("stylesheet") == f"/branding/{sha256(answer.content).hexdigest()}.css"


@pytest.mark.parametrize("name", ["logo", "stylesheet"])
def test_they_are_stored_for_good_and_asked_for_once(client: Client, name: str) -> None:
    logo()
    update_branding(actor=SYSTEM, brand_accent=ACCENT)
    first = client.get(address_of(name))

    again = client.get(address_of(name), headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    for answer in (first, again, client.head(address_of(name))):
        assert answer.headers["Cache-Control"] == FOREVER and answer.headers["ETag"] == first.headers["ETag"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and "Content-Security-Policy" in answer.headers
    assert client.post(address_of(name)).status_code == 405


def test_nobody_is_looked_up_for_them_and_no_cookie_is_sent(
    ada: User, browser_as: BrowserAs, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    browser, address = browser_as(ada), logo().pk
    Session.objects.all().delete()  # another page would say so, by a cookie

    with django_assert_num_queries(1):
        answer = browser.get(f"/branding/{address}")

    assert answer.status_code == 200
    assert not answer.cookies and "Vary" not in answer.headers


@pytest.mark.parametrize("address", ["x", "x.css", "0" * 64, "0" * 64 + ".css", "%22", "x" * 3000, "é", ".css", "a/b"])
def test_there_is_nothing_at_other_addresses(client: Client, address: str) -> None:
    logo()
    update_branding(actor=SYSTEM, brand_accent=ACCENT)

    answer = client.get(f"/branding/{address}")

    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def test_there_is_one_logo_at_most_and_the_one_before_is_gone(client: Client) -> None:
    before = logo().pk
    update_branding(actor=SYSTEM, logo=ONE_OF_EACH["WebP"])

    assert Logo.objects.count() == 1
    assert client.get(f"/branding/{before}").status_code == 404
    assert update_branding(actor=SYSTEM, logo=ONE_OF_EACH["WebP"]).brand_logo == Logo.objects.get().pk


def test_it_is_removed_and_all_is_reset(client: Client) -> None:
    logo()
    update_branding(actor=SYSTEM, logo=b"")
    assert not Logo.objects.exists() and address_of("logo") == ""

    logo()
    update_branding(actor=SYSTEM, brand_name="Acme", brand_accent=ACCENT)
    reset_branding(actor=SYSTEM)

    assert not Logo.objects.exists() and not any(brand_of(GeneralSettings.current()))
    assert "runai-identity" in page(client) and "/branding/" not in page(client)


def test_the_audit_log_has_what_changed_and_no_bytes() -> None:
    new = logo().pk
    update_branding(actor=SYSTEM, brand_name="Acme")
    update_branding(actor=SYSTEM, logo=b"")

    said = [event.metadata["changed"] for event in Event.objects.filter(action="settings:update").order_by("at", "pk")]
    assert said == [
        {"brand_logo": {"from": "", "to": new}},
        {"brand_name": {"from": "", "to": "Acme"}},
        {"brand_logo": {"from": new, "to": ""}},
    ]


def test_only_who_may_change_the_settings_changes_it(vera: User) -> None:
    kept = logo().pk
    for change in (
        lambda: update_branding(actor=vera, logo=ONE_OF_EACH["WebP"]),
        lambda: update_branding(actor=vera, logo=b""),
        lambda: reset_branding(actor=vera),
        lambda: update_branding(actor=vera, brand_name="Evil"),
    ):
        with pytest.raises(Forbidden):
            change()

    assert Logo.objects.get().pk == kept and GeneralSettings.current().brand_logo == kept


def test_a_bad_file_changes_nothing() -> None:
    kept = logo().pk

    with pytest.raises(Invalid) as refusal:
        update_branding(actor=SYSTEM, logo=png() + SCRIPT)

    assert refusal.value.facts["field"] == "logo" and GeneralSettings.current().brand_logo == kept


@pytest.mark.parametrize(
    "name", ["a\nb", "a\x00", "\u202eevil", "a\u2066b", "a\u200b", "\x1b[31m", "a\u2028b", "x" * 61]
)
def test_a_name_has_no_characters_that_nobody_sees(name: str) -> None:
    with pytest.raises(Invalid):
        update_branding(actor=SYSTEM, brand_name=name)


@pytest.mark.parametrize("name", ["\u3164", "\u2800", "\u115f \u1160", "\uffa0", "\u0301", "\ufe0f"])
def test_a_name_is_one_that_somebody_sees(name: str) -> None:
    with pytest.raises(Invalid, match="can't be seen"):
        update_branding(actor=SYSTEM, brand_name=name)


def test_pages_on_the_way_in_wear_it_too(charlie: User, browser_as: BrowserAs) -> None:
    logo()
    browser = browser_as(charlie)
    User.objects.update(must_change_password=True)

    assert browser.get("/account").headers["Location"].startswith("/password")
    assert browser.get(address_of("logo")).status_code == 200


@pytest.mark.parametrize("colour", ["red", "#3b5", "#3b5bdb;", "#3b5bdb}*{display:none}", "#3b5bd\u0663"])
def test_a_colour_is_six_digits(colour: str) -> None:
    with pytest.raises(Invalid):
        update_branding(actor=SYSTEM, brand_accent=colour)


@pytest.mark.parametrize("name", MARKUP)
def test_a_name_is_text_on_every_page(client: Client, ada: User, browser_as: BrowserAs, name: str) -> None:
    update_branding(actor=SYSTEM, brand_name=name)

    browser = browser_as(ada)
    for shown in (page(client), page(browser, "/"), page(browser, "/admin/"), page(browser, "/nothing")):
        assert f"{escape(name, quote=True)}</title>" in shown and f"<bdi>{escape(name, quote=True)}</bdi>" in shown


@pytest.mark.parametrize("name", [*MARKUP, "A, B; C <x@y.example>"])
def test_mails_have_it_in_their_subject_sender_and_signature(name: str) -> None:
    update_branding(actor=SYSTEM, brand_name=name)
    general = GeneralSettings.current()
    general.mail_from = "identity@example.com"

    mail = message(general, "alice@example.com", trial_text())

    assert mail.subject == f"[{name}] Test of the mail server"
    assert f"\n{name}: http" in str(mail.body)
    assert mail.message()["From"].endswith("<identity@example.com>") and "\n" not in mail.from_email


def test_pages_have_the_products_name_where_none_is_set(client: Client) -> None:
    assert "runai-identity</title>" in page(client) and "<bdi>runai-identity</bdi>" in page(client)


def test_a_page_of_somebody_signed_in_asks_for_it_with_the_settings_that_it_reads_anyway(
    ada: User, browser_as: BrowserAs, django_assert_max_num_queries: Any
) -> None:
    browser = browser_as(ada)
    with django_assert_max_num_queries(100) as before:
        browser.get("/")

    update_branding(actor=SYSTEM, brand_name="Acme", brand_accent=ACCENT)
    with django_assert_max_num_queries(len(before)) as after:
        assert "Acme" in page(browser, "/")

    assert sum("generalsettings" in query["sql"] for query in after) == 1


def test_a_stranger_with_nothing_to_ask_for_costs_no_statement(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert "<bdi>runai-identity</bdi>" in page(client, "/nothing")


def test_a_page_that_needs_no_database_is_shown_without_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(GeneralSettings, "current", gone)

    assert "<bdi>runai-identity</bdi>" in page(client, "/language")


def page(client: Client, path: str = "/login") -> str:
    return client.get(path).content.decode()
