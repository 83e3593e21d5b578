"""Settings: whom a change touches, what can't take effect, and where each value is set."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.admin.fixed import of_signing_in, of_tokens
from accounts.models import GeneralSettings, Session, User
from accounts.services.settings import update_general_settings
from common.actors import SYSTEM
from sso.models import IdentityProvider
from tests.conftest import BrowserAs

GENERAL = "/admin/accounts/generalsettings/1/change/"
SIGN_IN = "/admin/accounts/signinsettings/1/change/"
BRANDING = "/admin/accounts/brandingsettings/1/change/"
MAIL = "/admin/accounts/mailsettings/1/change/"
TOKENS = "/admin/accounts/tokensettings/1/change/"
FIELDS = {one.name for one in GeneralSettings._meta.fields if one.editable and one.name not in ("id", "updated_at")}
UNCHANGED = {"second_factor_grace_days": "14", "step_up_minutes": "15"}
TYPED = {"idle_timeout_minutes": "60", "session_hours": "12", "logout_redirect_uri": ""}


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def text(answer: object) -> str:
    return unescape(answer.content.decode())  # type: ignore[attr-defined]


def quiet_for(user: User, minutes: int) -> Session:
    at = timezone.now() - timedelta(minutes=minutes)
    return Session.objects.create(user=user, last_active_at=at, expires_at=timezone.now() + timedelta(hours=9))


def test_a_shorter_timeout_says_first_whose_sessions_end(admin: Client, alice: User, bob: User) -> None:
    for user, minutes in ((alice, 30), (alice, 40), (bob, 30), (bob, 3)):
        quiet_for(user, minutes)

    page = text(admin.post(GENERAL, {**TYPED, "idle_timeout_minutes": "15"}))

    assert "3 open sessions of 2 people end at once" in page
    assert not GeneralSettings.objects.exists()


def test_it_is_saved_when_that_is_confirmed(admin: Client, alice: User) -> None:
    theirs = quiet_for(alice, 30)
    page = text(admin.post(GENERAL, {**TYPED, "idle_timeout_minutes": "15"}))
    assert 'name="idle_timeout_minutes" value="15"' in page and str(theirs.pk) not in page

    admin.post(GENERAL, {**TYPED, "idle_timeout_minutes": "15", "confirmed": "Save"})

    assert GeneralSettings.current().idle_timeout_minutes == 15


@pytest.mark.parametrize("change", [{"session_hours": "24"}, {"idle_timeout_minutes": "90"}])
def test_what_touches_nobody_is_saved_at_once(admin: Client, alice: User, change: dict[str, str]) -> None:
    quiet_for(alice, 30)

    assert "Settings saved." in text(admin.post(GENERAL, {**TYPED, **change}, follow=True))


def test_sending_everybody_to_a_provider_says_so_first(admin: Client, alice: User) -> None:
    IdentityProvider.objects.create(alias="okta", type="saml", name="Okta", enabled=True)

    page = text(admin.post(SIGN_IN, {"auto_redirect_alias": "okta", **UNCHANGED}))

    assert "is sent to Okta at once. 2 users with a password here can still sign in at /login?local" in page
    assert not GeneralSettings.objects.exists()


@pytest.mark.parametrize(
    ("minutes", "hours", "field"),
    [("720", "12", "idle_timeout_minutes"), ("721", "12", "idle_timeout_minutes"), ("60", "1", "session_hours")],
)
def test_a_timeout_that_no_session_reaches_is_refused_at_its_field(
    admin: Client, minutes: str, hours: str, field: str
) -> None:
    page = text(admin.post(GENERAL, {**TYPED, "idle_timeout_minutes": minutes, "session_hours": hours}))

    row = page.partition(f"field-{field}")[2].partition("</ul>")[0]
    assert f"{minutes} minutes without activity are never reached" in row
    assert not GeneralSettings.objects.exists()


def test_one_that_the_api_set_is_said_to_take_no_effect(admin: Client) -> None:
    update_general_settings(actor=SYSTEM, idle_timeout_minutes=2000)

    assert "2000 minutes without activity are never reached" in text(admin.get(GENERAL))


@pytest.mark.parametrize("typed", ["javascript:alert(1)", "//elsewhere.example", "ftp://a.example", "nowhere"])
def test_an_address_is_refused_at_its_field(admin: Client, typed: str) -> None:
    page = text(admin.post(GENERAL, {**TYPED, "logout_redirect_uri": typed}))

    assert 'class="errorlist"' in page.partition("field-logout_redirect_uri")[2].partition("</div>")[0]


@pytest.mark.parametrize(
    ("page", "name"),
    [(GENERAL, "General"), (SIGN_IN, "Sign-in"), (TOKENS, "Tokens"), (BRANDING, "Branding"), (MAIL, "Mail")],
)
def test_each_page_has_its_own_title_also_when_something_was_saved(admin: Client, page: str, name: str) -> None:
    update_general_settings(actor=SYSTEM, session_hours=11)

    assert f"<h1>Settings | {name}</h1>" in text(admin.get(page))


@pytest.mark.parametrize("page", [SIGN_IN, TOKENS])
def test_what_the_environment_sets_is_shown_with_its_variable(admin: Client, page: str) -> None:
    shown, values = text(admin.get(page)), of_tokens() if page == TOKENS else of_signing_in()

    assert all(one.variable in shown and one.value in shown and one.effect in shown for one in values)


def test_its_values_are_those_in_force(settings: object) -> None:
    settings.CLUSTER_TOKEN_LIFETIME = timedelta(seconds=90)  # type: ignore[attr-defined]

    assert [one.value for one in of_tokens()][:2] == ["1 hour", "90 seconds"]


@pytest.mark.parametrize("page", [GENERAL, SIGN_IN, TOKENS])
def test_who_may_only_read_them_can_not_save(vera: User, browser_as: BrowserAs, page: str) -> None:
    browser = browser_as(vera)

    assert browser.get(page).status_code == 200 and 'value="Save"' not in text(browser.get(page))
    for sent in (TYPED, {**TYPED, "confirmed": "yes"}, {"auto_redirect_alias": "", "confirmed": "yes"}):
        assert browser.post(page, sent).status_code == 403


def test_nobody_saves_what_only_the_environment_sets(admin: Client) -> None:
    assert admin.post(TOKENS, {**TYPED, "confirmed": "yes"}).status_code == 403


PAGES = {
    "generalsettings": {"idle_timeout_minutes", "session_hours", "logout_redirect_uri", "help_contact"},
    "signinsettings": {"auto_redirect_alias"} | {name for name in FIELDS if name.startswith(("second_", "step_up"))},
    "tokensettings": set(),
    "mailsettings": {name for name in FIELDS if name.startswith("mail_")},
    "brandingsettings": {name for name in FIELDS if name.startswith("brand_")},
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("reader", ["ada", "vera"])
def test_a_page_shows_its_own_settings_alone(
    request: pytest.FixtureRequest, browser_as: BrowserAs, page: str, reader: str
) -> None:
    """Also to who may only read them: Django shows every field of the one row where a page names none."""
    shown = text(browser_as(request.getfixturevalue(reader)).get(f"/admin/accounts/{page}/1/change/"))

    assert {name for name in FIELDS if f"field-{name}" in shown} == PAGES[page]
