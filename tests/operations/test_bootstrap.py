from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from access.models import AccessRule, Scope
from access.services import administrators
from accounts.models import User
from accounts.services.passwords import reset_password
from audit.models import Event
from common.actors import SYSTEM
from tokens.models import SigningKey

ONE_TIME = "abcd-efgh-jkmn-pqrs"

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `make run` gives it: a password in a file, to be changed."""
    file = tmp_path / "password"
    file.write_text(ONE_TIME)
    monkeypatch.setenv("RUNAI_ADMIN_PASSWORD_FILE", str(file))


def bootstrap() -> str:
    out = StringIO()
    call_command("bootstrap", stdout=out)
    return out.getvalue()


def test_it_makes_the_first_administrator_who_must_change_the_password(one_time: None) -> None:
    printed = bootstrap()

    admin = User.objects.get()
    assert (admin.email, admin.must_change_password) == ("admin@runai.local", True)
    assert admin.check_password(ONE_TIME)
    assert list(administrators()) == [admin]
    assert ONE_TIME in printed and admin.email in printed and "/login" in printed


def test_it_makes_the_roots_and_a_signing_and_a_next_key_of_each_kind(one_time: None) -> None:
    bootstrap()

    assert list(Scope.objects.values_list("pk", "type")) == [("0", "system"), ("1", "tenant")]
    assert sorted(SigningKey.objects.values_list("algorithm", "state")) == [
        ("ES256", "active"),
        ("ES256", "next"),
        ("RS256", "active"),
        ("RS256", "next"),
    ]


def test_it_takes_a_password_that_need_not_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNAI_ADMIN_EMAIL", "Root@Example.com")
    monkeypatch.setenv("RUNAI_ADMIN_PASSWORD", "Given-by-hand-1")

    printed = bootstrap()

    admin = User.objects.get()
    assert (admin.email, admin.must_change_password) == ("root@example.com", False)
    assert "Given-by-hand-1" not in printed


def test_it_changes_nothing_when_run_again(one_time: None) -> None:
    bootstrap()
    before = [list(model.objects.values()) for model in (User, AccessRule, Scope, SigningKey, Event)]

    bootstrap()

    assert [list(model.objects.values()) for model in (User, AccessRule, Scope, SigningKey, Event)] == before


def test_it_leaves_an_administrator_of_another_name_alone(one_time: None, ada: User) -> None:
    printed = bootstrap()

    assert list(administrators()) == [ada]
    assert ONE_TIME not in printed


def test_it_stops_printing_a_password_that_no_longer_works(one_time: None) -> None:
    bootstrap()
    reset_password(actor=SYSTEM, user=User.objects.get())

    assert ONE_TIME not in bootstrap()


def test_it_refuses_a_poor_password_and_makes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNAI_ADMIN_PASSWORD", "short")

    with pytest.raises(CommandError, match="fewer than 8 characters"):
        bootstrap()

    assert not User.objects.exists()


def test_it_says_what_to_do_when_the_administrator_is_locked_out(one_time: None, eve: User) -> None:
    AccessRule.objects.update(subject_id="admin@runai.local")

    with pytest.raises(CommandError, match=r"manage\.py resetadmin admin@runai\.local"):
        bootstrap()


def test_it_records_what_it_made(one_time: None) -> None:
    bootstrap()

    recorded = set(Event.objects.values_list("action", "subject_type"))
    assert {("user:create", "System"), ("access_rule:grant", "System")} <= recorded
    assert ONE_TIME not in str(list(Event.objects.values()))
