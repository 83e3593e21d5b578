"""Which databases this version takes over, and what `check_upgrade` says of them."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from accounts.models import User
from tests.keys import plant_keys
from tests.operations.test_health import OTHER_KEY

pytestmark = pytest.mark.django_db


@pytest.fixture
def recorded() -> MigrationRecorder:
    return MigrationRecorder(connection)


@pytest.mark.parametrize("command", ["check_upgrade", "migrate"])
def test_a_database_of_a_later_version_is_refused(recorded: MigrationRecorder, command: str) -> None:
    recorded.record_applied("tokens", "0999_later")

    with pytest.raises(CommandError, match=r"later version(.|\n)*tokens\.0999_later"):
        call_command(command)


@pytest.mark.parametrize("command", ["check_upgrade", "migrate"])
def test_a_database_without_an_oauth_provider_is_refused(
    recorded: MigrationRecorder, charlie: User, command: str
) -> None:
    recorded.migration_qs.filter(app="oauth2_provider").delete()

    with pytest.raises(CommandError, match="can't be upgraded"):
        call_command(command)


def test_a_first_start_that_was_killed_before_the_oauth_provider_goes_on(
    recorded: MigrationRecorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.migration_qs.filter(app="oauth2_provider").delete()

    call_command("check_upgrade")

    assert "oauth2_provider.0001_initial" in capsys.readouterr().out.splitlines()


def test_what_is_to_be_applied_is_listed(recorded: MigrationRecorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorded.record_unapplied("runai_identity", "0001_deployment")

    call_command("check_upgrade")

    told = capsys.readouterr().out.splitlines()
    assert told == [
        "runai_identity.0001_deployment",
        "Migrations to apply: 1. manage.py migrate does, and so does the next make run.",
    ]


def test_a_database_of_this_version_needs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    plant_keys()

    call_command("check_upgrade")

    assert capsys.readouterr().out == "Nothing to migrate.\n"


def test_another_encryption_key_is_found(settings: Settings) -> None:
    plant_keys()
    settings.IDENTITY_ENCRYPTION_KEYS = [OTHER_KEY]

    with pytest.raises(CommandError, match="IDENTITY_ENCRYPTION_KEYS"):
        call_command("check_upgrade")
