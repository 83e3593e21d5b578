"""The admin has no way in, out or around of its own."""

import pytest

from accounts.models import Session, User
from audit.models import Event
from tests import cast
from tests.conftest import BrowserAs


def test_it_signs_out_by_the_verb(ada: User, browser_as: BrowserAs) -> None:
    browser_as(ada).post("/admin/logout/")

    assert Session.objects.get().revoked_because == "signed out"
    assert Event.objects.filter(action="session:sign-out").exists()


@pytest.mark.parametrize("page", ["password_change/", "password_change/done/"])
def test_it_sends_to_the_one_page_that_changes_a_password(ada: User, browser_as: BrowserAs, page: str) -> None:
    sent = {"old_password": cast.PASSWORD, "new_password1": "x", "new_password2": "x"}

    answer = browser_as(ada).post(f"/admin/{page}", sent)

    assert answer["Location"] == "/password"
    assert User.objects.get(pk=ada.pk).check_password(cast.PASSWORD)


def test_it_refuses_to_sign_in_again_who_may_not_see_it(charlie: User, browser_as: BrowserAs) -> None:
    assert browser_as(charlie).get("/admin/login/").status_code == 403


def test_its_pages_carry_a_strict_policy(ada: User, browser_as: BrowserAs) -> None:
    policy = browser_as(ada).get("/admin/")["Content-Security-Policy"]

    assert "script-src 'self'" in [part.strip() for part in policy.split(";")]
    assert "unsafe" not in policy
