import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from runai_identity.local import make_folders, settings_for
from runai_identity.local_secrets import encryption_key, keep_secret


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SECRET_KEY", "IDENTITY_ENCRYPTION_KEYS", "PUBLIC_URL", "ALLOWED_HOSTS", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "secrets").mkdir()
    return tmp_path


def test_it_makes_each_secret_once(data: Path) -> None:
    first = settings_for(data, "127.0.0.1", 8000)
    kept = {file.name: file.read_text() for file in (data / "secrets").iterdir()}

    assert settings_for(data, "127.0.0.1", 8000) == first
    assert {file.name: file.read_text() for file in (data / "secrets").iterdir()} == kept
    assert kept.keys() == {"initial_admin_password", "secret_key", "identity_encryption_keys"}


def test_it_lets_only_their_owner_read_them(data: Path) -> None:
    settings_for(data, "127.0.0.1", 8000)

    assert {stat.S_IMODE(file.stat().st_mode) for file in (data / "secrets").iterdir()} == {0o600}


def test_it_lets_only_their_owner_into_the_folders_it_makes(tmp_path: Path) -> None:
    before = os.umask(0)

    make_folders(tmp_path / "new" / "data")

    os.umask(before)
    made = [tmp_path / "new", tmp_path / "new/data", tmp_path / "new/data/secrets"]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in made} == {0o700}


def test_it_makes_one_secret_for_starts_at_the_same_time(tmp_path: Path) -> None:
    file = tmp_path / "secret"

    with ThreadPoolExecutor(16) as starts:
        seen = set(starts.map(lambda _: keep_secret(file, encryption_key).read_text(), range(64)))

    assert seen == {file.read_text()}
    assert list(tmp_path.iterdir()) == [file]


def test_it_prefers_what_the_environment_says(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://identity.example.com")
    monkeypatch.setenv("RUNAI_ADMIN_PASSWORD", "Given-by-hand-1")

    made = settings_for(data, "127.0.0.1", 8000)

    assert made["PUBLIC_URL"] == "https://identity.example.com"
    assert "RUNAI_ADMIN_PASSWORD_FILE" not in made


def test_it_refuses_a_lost_secret_key_of_a_database_elsewhere(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/identity")
    settings_for(data, "127.0.0.1", 8000)
    (data / "secrets" / "secret_key").unlink()

    with pytest.raises(ImproperlyConfigured, match="secret_key is missing"):
        settings_for(data, "127.0.0.1", 8000)

    monkeypatch.setenv("SECRET_KEY", "given-by-hand")
    assert settings_for(data, "127.0.0.1", 8000)["SECRET_KEY"] == "given-by-hand"


def test_it_goes_on_where_a_start_ended_between_its_secrets(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/identity")
    settings_for(data, "127.0.0.1", 8000)
    keys = data / "secrets" / "identity_encryption_keys"
    keys.unlink()

    assert settings_for(data, "127.0.0.1", 8000)["IDENTITY_ENCRYPTION_KEYS_FILE"] == str(keys)
    assert keys.read_text()
