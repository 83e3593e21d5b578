"""What people and programs hold from before a backup is accepted by the server that it is restored into."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from pytest_django import Settings

import audit.services as audit
from access.models import AccessRule
from audit.models import Event
from audit.sealing import latest_seal, seal_settled
from common.actors import SYSTEM
from sso.models import ServiceProviderKey
from tests import cast, database
from tests.audit.tampering import verified
from tests.backup.kept import back_up, empty_the_database, lines_of, restore, world_with_everything
from tests.gate.paths import PATHS
from tests.start.test_make_run import ROOT
from tests.tokens.asking import call_api, signed_in

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_everything_that_was_held_is_accepted(tmp_path: Path) -> None:
    world, held = world_with_everything()
    back_up(tmp_path / "kept")
    empty_the_database()
    refused_by_an_empty_server = call_api(held["person"]["accessToken"]).status_code == 401

    told = restore(tmp_path / "kept")

    browser = world.browser.get("/account")
    assert signed_in(world.user)
    accepted = {}
    for name, path in PATHS.items():
        world.held = held[path.holds]
        accepted[name] = path.take(world)
    assert refused_by_an_empty_server
    assert re.match(r"Restored \d{3,} rows", told)
    assert accepted == dict.fromkeys(PATHS, True) and browser.status_code == 200


def test_numbers_go_on_after_those_that_are_gone(tmp_path: Path) -> None:
    tree = cast.plant_tree()
    kept, gone = (cast.rule("user", f"{name}@example.com", "Viewer", tree.faces) for name in ("kept", "gone"))
    gone_number = gone.pk
    gone.delete()
    back_up(tmp_path / "kept")
    empty_the_database()
    restore(tmp_path / "kept")

    following = cast.rule("user", "new@example.com", "Viewer", tree.faces)

    assert set(AccessRule.objects.values_list("pk", flat=True)) == {kept.pk, following.pk}
    assert following.pk > gone_number


def sealed_in_all_forms() -> str:
    """Seal values that one database could write in another way than the other; return the hash."""
    floats, deep = [1.0, 1e16, 0.1], {"b": 1, "a": None}
    entry = audit.record("user:update", actor=SYSTEM, floats=floats, text="\u00e9\u2028", deep=deep)
    Event._base_manager.filter(pk=entry.pk).update(source_ip="::ffff:192.0.2.1")
    seal_settled()
    return latest_seal()[1]


def test_the_audit_log_is_whole(tmp_path: Path) -> None:
    last = sealed_in_all_forms()
    back_up(tmp_path / "kept")
    empty_the_database()
    restore(tmp_path / "kept")

    assert verified(expect=last)[0] == []


def entries() -> list[tuple[str, ...]]:
    return list(Event.objects.order_by("pk").values_list("action", "subject_type", "url", "metadata__file"))


def test_the_audit_log_says_that_it_was_made_and_restored(tmp_path: Path) -> None:
    """The one where it was made, which is of the time after the backup; the other where it was restored."""
    back_up(tmp_path / "kept")
    made = entries()
    empty_the_database()
    restore(tmp_path / "kept")

    assert made == [("backup:make", "System", "manage.py backup", "kept")]
    assert entries() == [("backup:restore", "System", "manage.py restore", "kept")]


def test_it_says_that_the_secret_key_is_another(tmp_path: Path, settings: Settings) -> None:
    back_up(tmp_path / "kept")
    empty_the_database()
    settings.SECRET_KEY = "another-" + "y" * 60

    assert "SECRET_KEY is another than the backup's" in restore(tmp_path / "kept")


def test_it_says_that_the_address_is_another(tmp_path: Path, settings: Settings) -> None:
    back_up(tmp_path / "kept")
    empty_the_database()
    settings.ISSUER = "https://elsewhere.example.com/auth/realms/runai"

    assert "Tokens of the one are refused by the other" in restore(tmp_path / "kept")


def test_what_the_server_itself_could_not_read_is_no_hindrance(tmp_path: Path, settings: Settings) -> None:
    world, _ = world_with_everything()
    key = ServiceProviderKey.objects.get()
    key.private_key_encrypted = Fernet(Fernet.generate_key()).encrypt(b"lost")
    key.save()
    told = back_up(tmp_path / "kept")
    empty_the_database()

    restore(tmp_path / "kept")

    assert "1 secrets in it can't be read" in told
    assert signed_in(world.user)


def test_the_other_database_has_the_same_rows_and_gives_them_back(tmp_path: Path) -> None:
    world_with_everything()
    last = sealed_in_all_forms()
    back_up(tmp_path / "here")
    other = database.sqlite_file() if connection.vendor == "postgresql" else database.start_postgresql()
    environment = {**os.environ, "DATABASE_URL": other, "DJANGO_SETTINGS_MODULE": "tests.settings"}

    for words in (f"restore {tmp_path}/here", f"verifyaudit --expect {last}", f"backup {tmp_path}/there"):
        command = [sys.executable, "manage.py", *words.split()]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=100)

    here, there = (lines_of(tmp_path / at)[1:-1] for at in ("here", "there"))
    added = [line for line in there if line not in here]
    assert [line for line in here if line not in there] == []
    assert {line[2] for line in added} == {"backup:restore"}
