"""What the server does by itself between sign-ins: asking again, clearing away, and encrypting anew."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session
from common.encryption import encrypt
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.models import Attempt, IdentityProvider, ProviderSession, SeenAssertion, WaitingSignIn
from sso.services import rechecking
from tests.sso.signing_in import JANE, Visitor, jane


class Directory:
    """Answers as an OpenID door does when it is asked again."""

    def __init__(self, attributes: dict[str, Any] | None, code: str = "") -> None:
        self.attributes, self.code, self.asked = attributes, code, [""]

    def refresh(
        self, provider: object, *, refresh_token: str, subject: str, log: CheckLog, now: object
    ) -> VerifiedAssertion:
        self.asked.append(refresh_token)
        if self.attributes is None:
            log.refuse("The provider still knows the user", self.code, "It doesn't.")
        return VerifiedAssertion(issuer="x", subject=subject, attributes=self.attributes, refresh_token="second")


def due_at(visitor: Visitor, directory: Directory, monkeypatch: pytest.MonkeyPatch) -> Directory:
    visitor.sign_in()
    there = ProviderSession.objects.get()
    known = encrypt(b"first")
    ProviderSession.objects.filter(pk=there.pk).update(check_at=timezone.now(), refresh_token_encrypted=known)
    monkeypatch.setattr(rechecking, "openid_of", lambda provider: directory)
    return directory


def test_groups_follow_while_somebody_is_signed_in(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = due_at(visitor, Directory({**JANE, "GROUPS": ["new"]}), monkeypatch)

    assert rechecking.recheck_due() == 1
    assert directory.asked[-1] == "first"
    assert jane().group_names() == ["new"]
    assert visitor.is_signed_in()


def test_a_provider_that_is_deleted_meanwhile_stops_nothing(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = due_at(visitor, Directory(dict(JANE)), monkeypatch)
    refresh = directory.refresh

    def removed(*args: Any, **asked: Any) -> VerifiedAssertion:
        answer = refresh(*args, **asked)
        IdentityProvider.objects.all().delete()
        return answer

    monkeypatch.setattr(directory, "refresh", removed)

    assert rechecking.recheck_due() == 1
    assert directory.asked[-1] == "first"


def test_it_is_asked_with_the_newest_refresh_token(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = due_at(visitor, Directory(dict(JANE)), monkeypatch)
    rechecking.recheck_due()
    ProviderSession.objects.update(check_at=timezone.now())

    rechecking.recheck_due()

    assert directory.asked[1:] == ["first", "second"]


def test_whom_the_directory_no_longer_knows_is_signed_out(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    due_at(visitor, Directory(None, "provider_failed"), monkeypatch)

    rechecking.recheck_due()

    assert not visitor.is_signed_in()
    assert Session.objects.get().revoked_because == "ended by the directory"
    assert Attempt.objects.latest("at").code == "provider_failed"


def test_a_directory_that_is_away_signs_nobody_out(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    due_at(visitor, Directory(None, "unreachable"), monkeypatch)

    rechecking.recheck_due()

    assert visitor.is_signed_in()
    assert rechecking.recheck_due() == 0


def test_what_is_over_is_cleared_away(visitor: Visitor) -> None:
    visitor.sign_in()
    assert SeenAssertion.objects.exists()
    IdentityProvider.objects.update(enabled=False)

    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        call_command("prune")

    assert not SeenAssertion.objects.exists()
    assert not WaitingSignIn.objects.exists()
    assert Session.objects.get().revoked_because in ("provider disabled", "inactivity")


def test_an_assertion_is_remembered_as_long_as_it_could_be_used(visitor: Visitor) -> None:
    visitor.sign_in()

    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        call_command("prune")

    assert SeenAssertion.objects.exists()


def test_the_keys_come_under_a_newer_encryption_key(visitor: Visitor, settings: Settings) -> None:
    newer = Fernet.generate_key().decode()
    settings.IDENTITY_ENCRYPTION_KEYS = [newer, *settings.IDENTITY_ENCRYPTION_KEYS]
    call_command("encryptkeys")

    settings.IDENTITY_ENCRYPTION_KEYS = [newer]
    visitor.sign_in()

    assert visitor.is_signed_in()
