"""An administrator removes the second factors of somebody who lost them."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import Session, User
from accounts.services.factors import reset_factors
from audit.models import Event
from common.encryption import decrypt
from common.errors import Conflict, Forbidden
from tests import cast
from tests.accounts.factors import code, enrol, second_step, show_password
from tests.conftest import APIAs, BrowserAs
from tests.keys import plant_keys


def test_they_sign_in_by_their_password_again_and_are_signed_out(ada: User, charlie: User) -> None:
    secret, _ = enrol(charlie)
    second_step(show_password(charlie), code(secret))

    assert reset_factors(actor=ada, user=charlie) == 1

    assert Session.objects.get().revoked_because == "second factors reset"
    assert not charlie.factors.exists() and not charlie.recovery_codes.exists()
    assert Client().post("/login", {"email": charlie.email, "password": cast.PASSWORD})["Location"] == "/"
    assert Event.objects.get(action="user:factors:reset").metadata == {"factors": 1}


def test_nobody_resets_those_of_somebody_stronger(tree: cast.Tree, ada: User, charlie: User) -> None:
    cast.rule("user", charlie.email, "Department administrator", tree.vision)
    enrol(ada)
    enrol(charlie)

    for actor, user in ((charlie, ada), (charlie, charlie)):
        with pytest.raises(Forbidden):
            reset_factors(actor=actor, user=user)
    assert ada.factors.exists() and charlie.factors.exists()


def test_nobody_resets_their_own(ada: User) -> None:
    """Who has an administrator's token, or finds a browser open, must not end up with an account of one factor."""
    enrol(ada)

    with pytest.raises(Conflict, match="on your account page"):
        reset_factors(actor=ada, user=ada)
    assert ada.factors.exists()


def test_who_has_none_has_none_to_reset(ada: User, charlie: User) -> None:
    with pytest.raises(Conflict, match="has no second factor"):
        reset_factors(actor=ada, user=charlie)


def test_the_api_lists_and_resets_them_without_their_secrets(api_as: APIAs, ada: User, charlie: User) -> None:
    plant_keys()
    enrol(charlie)
    address = f"/api/v1/users/{charlie.pk}/second-factors"
    api = api_as(ada)

    listed = api.get(address).json()

    assert [set(one) for one in listed] == [{"id", "kind", "name", "createdAt", "lastUsedAt"}]
    assert (api.delete(address).status_code, api.get(address).json()) == (204, [])
    assert api_as(charlie).delete(address).status_code == 403


def test_the_admin_shows_and_resets_them(browser_as: BrowserAs, ada: User, charlie: User) -> None:
    enrol(charlie)
    admin = browser_as(ada)
    page = admin.get(f"/admin/accounts/user/{charlie.pk}/factors/").content.decode()
    chosen = {"action": "reset_second_factors", "_selected_action": str(charlie.pk)}

    asked = admin.post("/admin/accounts/user/", chosen).content.decode()
    admin.post("/admin/accounts/user/", {**chosen, "confirmed": "1"})

    assert "Phone" in page and "10 recovery codes left" in page and "Make sure that it is they who ask" in asked
    assert not charlie.factors.exists()


def test_the_console_lets_an_administrator_in_who_lost_them(ada: User) -> None:
    enrol(ada)
    removed = f"The second factors of {ada.email} were removed."
    first, second = StringIO(), StringIO()

    call_command("resetadmin", ada.email, stdout=first)
    call_command("resetadmin", ada.email, stdout=second)

    ada.refresh_from_db()
    assert ada.second_factor_since is None and not ada.factors.exists()
    assert removed in first.getvalue() and removed not in second.getvalue()


def test_the_secrets_are_encrypted_again_with_all_others(charlie: User) -> None:
    secret, _ = enrol(charlie)
    before = bytes(charlie.factors.get().secret_encrypted)
    out = StringIO()

    call_command("encryptkeys", stdout=out)

    after = bytes(charlie.factors.get().secret_encrypted)
    assert after != before and decrypt(after) == secret and "1 of authenticator apps" in out.getvalue()
