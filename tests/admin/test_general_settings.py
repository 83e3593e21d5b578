import pytest
from django.test import Client

from accounts.models import GeneralSettings, User
from audit.models import Event
from tests import cast
from tests.conftest import BrowserAs

LIST = "/admin/accounts/generalsettings/"
FORM = f"{LIST}1/change/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def test_it_is_a_form_in_the_place_of_a_list(admin: Client) -> None:
    assert admin.get(LIST)["Location"] == FORM
    assert 'value="60"' in admin.get(FORM).content.decode()


def test_it_changes_what_was_typed_and_records_it(admin: Client) -> None:
    form = {"idle_timeout_minutes": "15", "session_hours": "12", "logout_redirect_uri": ""}

    assert "Settings saved." in admin.post(FORM, form, follow=True).content.decode()
    assert GeneralSettings.current().idle_timeout_minutes == 15
    event = Event.objects.get(action="settings:update")
    assert event.metadata == {"changed": {"idle_timeout_minutes": {"from": 60, "to": 15}}}


def test_it_takes_a_blank_timeout(admin: Client) -> None:
    admin.post(FORM, {"idle_timeout_minutes": "", "session_hours": "12", "logout_redirect_uri": ""})

    assert GeneralSettings.current().idle_timeout_minutes is None


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("idle_timeout_minutes", "0"),
        ("idle_timeout_minutes", "-5"),
        ("idle_timeout_minutes", "soon"),
        ("session_hours", ""),
        ("session_hours", "0"),
        ("logout_redirect_uri", "javascript:alert(1)"),
        ("logout_redirect_uri", "//elsewhere.example"),
    ],
)
def test_it_refuses_what_means_nothing(admin: Client, field: str, typed: str) -> None:
    sent = {"idle_timeout_minutes": "30", "session_hours": "8", "logout_redirect_uri": "", field: typed}

    page = admin.post(FORM, sent).content.decode()

    assert "errornote" in page
    assert not GeneralSettings.objects.exists()


@pytest.mark.parametrize("field", ["idle_timeout_minutes", "session_hours"])
@pytest.mark.parametrize("typed", ["-5", "0", "1.5", "soon", "99999999"])
def test_every_refusal_of_a_number_names_the_same_bounds(admin: Client, field: str, typed: str) -> None:
    sent = {"idle_timeout_minutes": "30", "session_hours": "8", field: typed}

    page = admin.post(FORM, sent).content.decode()

    greatest = {"idle_timeout_minutes": 525600, "session_hours": 8760}[field]
    assert f"A whole number from 1 to {greatest}." in page
    assert "greater than or equal" not in page and "less than or equal" not in page


def test_it_can_be_read_but_not_changed_by_others(tree: cast.Tree, browser_as: BrowserAs) -> None:
    vera = cast.person("vera")
    cast.rule("user", vera.email, "Department administrator", tree.vision)
    browser = browser_as(vera)

    assert browser.get(FORM).status_code == 200
    assert browser.post(FORM, {"idle_timeout_minutes": "1", "session_hours": "1"}).status_code == 403
    assert not GeneralSettings.objects.exists()


def test_it_is_neither_added_nor_deleted(admin: Client) -> None:
    assert admin.get(f"{LIST}add/").status_code == 403
    assert admin.post(f"{LIST}1/delete/", {"post": "yes"}).status_code == 403
