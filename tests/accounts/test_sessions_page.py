from accounts.models import Session, User
from audit.models import Event
from tests.conftest import BrowserAs

PAGE = "/account/sessions"


def test_it_lists_ones_own_live_sessions(charlie: User, alice: User, browser_as: BrowserAs) -> None:
    browser_as(charlie).post("/logout")
    browser_as(alice)
    browser = browser_as(charlie)

    page = browser.get(PAGE).content.decode()

    assert page.count("/end") == 1
    assert "this one" in page


def test_it_ends_another_one_and_keeps_this(charlie: User, browser_as: BrowserAs) -> None:
    other, here = browser_as(charlie), browser_as(charlie)
    session = Session.objects.earliest("created_at")

    page = here.post(f"{PAGE}/{session.pk}/end", follow=True).content.decode()

    assert "That session is ended." in page
    assert "You ended this session from another browser." in other.get("/", follow=True).content.decode()
    assert Event.objects.get(action="session:revoke").metadata == {"because": "ended by its owner"}


def test_ending_this_one_signs_out(charlie: User, browser_as: BrowserAs) -> None:
    browser = browser_as(charlie)

    answer = browser.post(f"{PAGE}/{Session.objects.get().pk}/end")

    assert answer["Location"] == "/login"
    assert Session.objects.get().revoked_because == "signed out"


def test_it_knows_of_no_session_of_somebody_else(charlie: User, alice: User, browser_as: BrowserAs) -> None:
    theirs, browser = browser_as(alice), browser_as(charlie)
    session = Session.objects.get(user=alice)

    assert browser.post(f"{PAGE}/{session.pk}/end").status_code == 404
    assert theirs.get("/").status_code == 200


def test_a_disabled_user_is_out_with_the_next_request(charlie: User, browser_as: BrowserAs) -> None:
    browser = browser_as(charlie)

    User.objects.filter(pk=charlie.pk).update(enabled=False)

    assert browser.get(PAGE)["Location"] == f"/login?next={PAGE}"
