from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from audit.models import Event
from tests.conftest import BrowserAs

SESSIONS = "/account/sessions"


def test_its_old_address_still_leads_there(charlie: User, browser_as: BrowserAs) -> None:
    assert browser_as(charlie).get(SESSIONS)["Location"] == "/account"


def test_it_ends_another_one_and_keeps_this(charlie: User, browser_as: BrowserAs) -> None:
    other, here = browser_as(charlie), browser_as(charlie)
    session = Session.objects.earliest("created_at")

    page = here.post(f"{SESSIONS}/{session.pk}/end", follow=True).content.decode()

    assert "That session is ended." in page
    assert "You ended this session from another browser." in other.get("/", follow=True).content.decode()
    assert Event.objects.get(action="session:revoke").metadata == {"because": "ended by its owner"}


def test_ending_this_one_signs_out(charlie: User, browser_as: BrowserAs) -> None:
    browser = browser_as(charlie)

    answer = browser.post(f"{SESSIONS}/{Session.objects.get().pk}/end")

    assert answer["Location"] == "/login?signed-out"
    assert Session.objects.get().revoked_because == "signed out"


def test_it_knows_of_no_session_of_somebody_else(charlie: User, alice: User, browser_as: BrowserAs) -> None:
    theirs, browser = browser_as(alice), browser_as(charlie)
    session = Session.objects.get(user=alice)

    assert browser.post(f"{SESSIONS}/{session.pk}/end").status_code == 404
    assert theirs.get("/").status_code == 200


def test_it_signs_out_everywhere_else(charlie: User, alice: User, browser_as: BrowserAs) -> None:
    theirs, other, here = browser_as(alice), browser_as(charlie), browser_as(charlie)
    start_session(user=charlie, kind=SessionKind.DEVICE)

    page = here.post(f"{SESSIONS}/end-others", follow=True).content.decode()

    assert "Signed out elsewhere: 2 sessions." in page
    assert other.get("/").status_code == 302
    assert theirs.get("/").status_code == 200
    assert Event.objects.filter(action="session:revoke", subject=charlie.email).count() == 2


def test_a_disabled_user_is_out_with_the_next_request(charlie: User, browser_as: BrowserAs) -> None:
    browser = browser_as(charlie)

    User.objects.filter(pk=charlie.pk).update(enabled=False)

    assert browser.get(SESSIONS)["Location"] == f"/login?next={SESSIONS}"
