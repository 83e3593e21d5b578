"""manage.py has no side door: whatever writes goes through our verbs, or is switched off."""

import pytest
from django.core.management import ManagementUtility, call_command, get_commands
from django.core.management.base import CommandError

from accounts.models import Session, User
from audit.models import Event
from tests import cast
from tests.keys import plant_keys
from tests.tokens.asking import by_password, by_refresh, call_api

pytestmark = pytest.mark.django_db

OURS = {
    "backup",
    "bootstrap",
    "check_upgrade",
    "changepassword",
    "encryptkeys",
    "openapi",
    "prune",
    "registercluster",
    "resetadmin",
    "restore",
    "rotatekeys",
    "streamaudit",
    "syncclusters",
    "verifyaudit",
}
REFUSED = {
    "clearcimdapplications",
    "clearsessions",
    "cleartokens",
    "createapplication",
    "createsuperuser",
    "flush",
    "loaddata",
}
# The schema, files, and what only prints.
WRITES_NO_ROWS_OF_OURS = {
    "backup",
    "check",
    "collectstatic",
    "compilemessages",
    "createcachetable",
    "diffsettings",
    "dumpdata",
    "findstatic",
    "generateschema",
    "inspectdb",
    "makemessages",
    "makemigrations",
    "migrate",
    "optimizemigration",
    "remove_stale_contenttypes",
    "runserver",
    "sendtestemail",
    "showmigrations",
    "spectacular",
    "sqlflush",
    "sqlmigrate",
    "sqlsequencereset",
    "squashmigrations",
    "startapp",
    "startproject",
    "test",
    "testserver",
}
# Who can start these has the database and the keys in any case.
THE_OPERATORS_OWN = {"dbshell", "shell"}


def test_every_command_is_known() -> None:
    assert set(get_commands()) == OURS | REFUSED | WRITES_NO_ROWS_OF_OURS | THE_OPERATORS_OWN


def test_ours_are_ours() -> None:
    libraries = ("django.", "oauth2_provider", "rest_framework", "whitenoise", "drf_spectacular")
    at = get_commands()

    assert [name for name in OURS | REFUSED if str(at[name]).startswith(libraries)] == []


@pytest.mark.parametrize("name", sorted(REFUSED))
@pytest.mark.parametrize("given", [[], ["--noinput"], ["ada@example.com", "--database", "default"]])
def test_it_says_what_to_use_instead(
    ada: User, name: str, given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", name, *given]).execute()

    told = capsys.readouterr().err
    assert ended.value.code == 1
    assert "This command is switched off" in told
    assert "manage.py" in told or "/api/v1/apps" in told
    assert User.objects.get() == ada


@pytest.mark.parametrize("name", sorted(REFUSED - {"flush"}))
def test_it_is_switched_off_for_programs_too(name: str) -> None:
    with pytest.raises(CommandError, match="switched off"):
        call_command(name)


def test_changepassword_ends_everything_and_is_recorded(alice: User, capsys: pytest.CaptureFixture[str]) -> None:
    plant_keys()
    held = by_password(alice)

    call_command("changepassword", " Alice@Example.com ")

    printed = capsys.readouterr().out.split("password ")[1].split(",")[0]
    alice.refresh_from_db()
    assert alice.check_password(printed) and alice.must_change_password
    assert call_api(held["accessToken"]).status_code == 401
    assert by_refresh(held["refreshToken"]).status_code == 400
    assert not Session.objects.live().exists()
    event = Event.objects.get(action="user:password:reset")
    assert (event.subject, event.entity_name) == ("system", alice.email)
    assert printed not in str(list(Event.objects.values()))


@pytest.mark.parametrize("email", ["nobody@example.com", "sso@example.com"])
def test_changepassword_refuses_who_has_none(email: str, alice: User) -> None:
    cast.person("sso", is_local=False)

    with pytest.raises(CommandError, match=r"No user has the e-mail|has no password here"):
        call_command("changepassword", email)

    assert Event.objects.count() == 0
