"""Each variable of the environment with odd values: taken as written, or refused in a line that names it."""

import logging.config
import os
import runpy
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host
from django.utils import timezone

from runai_identity.local import forget_counts, refuse_wrong_numbers, server_from_environment
from runai_identity.local_address import address_from_environment
from tests.habits.test_configuration import variables_documented
from tests.start.odd import ODD, files_in, filled

ROOT = Path(__file__).resolve().parents[2]
MADE_BY_SYSTEMD = {"NOTIFY_SOCKET"}
OF_A_START = {"PORT", "BIND", "WEB_SERVER", "WEB_CONCURRENCY", "WEB_THREADS", "DRAIN_SECONDS"}
# Of these another module reads the value, or nothing but a path is asked of it.
READ_LATER = {"TLS_CERT", "TLS_KEY", "RUNAI_ADMIN_EMAIL", "RUNAI_ADMIN_PASSWORD", "PROMETHEUS_MULTIPROC_DIR"}
OF_SETTINGS = variables_documented() - MADE_BY_SYSTEMD - OF_A_START - READ_LATER

ADDRESSES = {
    "no scheme": "identity.example.com:8443",
    "no host": "http://",
    "a path": "http://127.0.0.1:9/x",
    "a port too high": "https://a.example:99999",
    "a port of letters": "https://a.example:x",
    "no port": "https://a.example:",
    "an open bracket": "https://[::1",
    "a space": "https://a b",
    "an umlaut": "https://münchen.example",
    "a password": "https://u:p@a.example",
    "no database": "postgresql://h",
    "a slash in the password": "postgresql://u:very/secret@h/x",
    "an unknown option": "postgresql://h/x?nonsense=1",
    "a database's port": "postgres://h:x/y",
    "no kind of database": "http://h/x",
}
LISTENING = {"every": "0.0.0.0", "every, shorter": "0", "IPv6": "::", "IPv6, longer": "::0", "in brackets": "[::1]"}
VALUES = {**ODD, **ADDRESSES, **LISTENING}
SECRETS = ("SECRET_KEY", "IDENTITY_ENCRYPTION_KEYS", "METRICS_TOKEN", "DATABASE_URL", "AUDIT_STREAM_HTTP_TOKEN")
NEEDED = {
    "PUBLIC_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "localhost",
    "SECRET_KEY": "k" * 32,
    "IDENTITY_ENCRYPTION_KEYS": "T3RoZXJLZXlGb3JUZXN0c09ubHkwMTIzNDU2Nzg5MDE=",
    "HOME": "/nonexistent",
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    return files_in(tmp_path)


def settings_by(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in {**NEEDED, **environment}.items():
        monkeypatch.setenv(name, value)
    read = runpy.run_path(str(ROOT / "runai_identity/settings.py"))
    databases = runpy.run_path(str(ROOT / "runai_identity/databases.py"))
    return {**read, "DATABASES": {"default": databases["database"](read["DATA_DIR"])}}


def assert_works(read: dict[str, Any]) -> None:
    """Use the settings as the service does, where a wrong one would fail in the middle of a request."""
    now = timezone.now()
    lifetimes = [value for value in read.values() if isinstance(value, timedelta)]
    lifetimes.append(timedelta(days=read["AUDIT_STRANGER_DAYS"]))
    assert all(now - each < now < now + each for each in lifetimes)
    logging.config.DictConfigurator({**read["LOGGING"], "handlers": {}, "loggers": {}, "root": {}})
    logging.getLogger("tests.odd").setLevel(read["LOGGING"]["root"]["level"])
    assert read["ISSUER"] == urlsplit(read["ISSUER"]).geturl() == quote(read["ISSUER"], safe=":/[]~")
    assert urlsplit(read["ISSUER"]).port != 0
    assert read["ALLOWED_HOSTS"] and all(
        validate_host(host.removeprefix("."), [host]) and "/" not in host
        for host in read["ALLOWED_HOSTS"]
        if host != "*"
    )
    assert read["TENANT_NAME"].strip() and "\n" not in read["TENANT_NAME"]
    assert len(read["SECRET_KEY"]) >= 32
    assert not read["METRICS_TOKEN"] or len(read["METRICS_TOKEN"]) >= 32
    assert (read["METRICS_TOKEN"] + read["AUDIT_STREAM_HTTP_TOKEN"]).isascii()
    assert read["DATABASES"]["default"]["ENGINE"] in ("django.db.backends.sqlite3", "common.postgresql")


def assert_says_it(refused: ImproperlyConfigured, name: str) -> None:
    said = str(refused)
    assert name in said and "\n" not in said.strip()
    assert len(said) < 1000
    assert name not in SECRETS or "very" not in said


@pytest.mark.parametrize("odd", VALUES)
@pytest.mark.parametrize("name", sorted(OF_SETTINGS))
def test_an_odd_value_is_taken_as_written_or_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], name: str, odd: str
) -> None:
    value = filled(VALUES[odd], files)
    beside = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"} if name.startswith("OTEL_") else {}
    beside |= {"OTEL_TRACES_SAMPLER": "traceidratio"} if name.endswith("SAMPLER_ARG") else {}
    try:
        read = settings_by(monkeypatch, **{**beside, name: value})
    except ImproperlyConfigured as refused:
        assert_says_it(refused, name)
    else:
        assert_works(read)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xff\xfe", b"\x00", "münchen".encode(), b"postgresql://u:very/secret@h/x"]
)
@pytest.mark.parametrize("name", SECRETS)
def test_an_odd_file_of_a_secret_is_taken_as_written_or_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / "secret").write_bytes(content)
    monkeypatch.delitem(NEEDED, name, raising=False)
    try:
        read = settings_by(monkeypatch, **{f"{name}_FILE": str(tmp_path / "secret")})
    except ImproperlyConfigured as refused:
        assert_says_it(refused, name)
    else:
        assert_works(read)


@pytest.mark.parametrize("written", ["$HOME", r"\$HOME", "$$", r"\\$", r"a\$b$c", "$"])
@pytest.mark.parametrize("name", ["TENANT_NAME", "HELP_CONTACT", "SECRET_KEY", "AUDIT_STREAM_FILE"])
def test_a_dollar_stands_for_itself(monkeypatch: pytest.MonkeyPatch, name: str, written: str) -> None:
    value = written + "x" * 50

    assert settings_by(monkeypatch, **{name: value})[name] == value


def test_spaces_around_commas_mean_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    read = settings_by(monkeypatch, ALLOWED_HOSTS="a.example, .b.example ,[::1]", TRUSTED_PROXIES="10.0.0.0/8, ::1")

    assert read["ALLOWED_HOSTS"] == ["a.example", ".b.example", "[::1]"]
    assert [str(network) for network in read["TRUSTED_PROXIES"]] == ["10.0.0.0/8", "::1/128"]


@pytest.mark.parametrize("odd", VALUES)
@pytest.mark.parametrize("name", sorted(OF_A_START))
def test_an_odd_value_of_a_start_is_taken_or_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, odd: str
) -> None:
    value = VALUES[odd]
    for other in OF_A_START | {"PUBLIC_URL"}:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    try:
        bind, port = address_from_environment()
        server_from_environment()
        refuse_wrong_numbers()
    except ImproperlyConfigured as refused:
        assert_says_it(refused, name)
    else:
        assert value in (bind, str(port)) or (name == "DRAIN_SECONDS" and value == "0")


@pytest.mark.parametrize("within", ["notes.txt", "counter_7.db/kept", "secrets/secret_key"])
def test_a_folder_of_counts_that_has_something_else_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, within: str
) -> None:
    kept = tmp_path / "metrics" / within
    kept.parent.mkdir(parents=True)
    kept.write_text("of somebody")
    (tmp_path / "metrics" / "counter_9.db").touch()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "metrics"))

    with pytest.raises(ImproperlyConfigured, match="PROMETHEUS_MULTIPROC_DIR takes a folder of its own"):
        forget_counts()

    assert kept.read_text() == "of somebody"


def test_a_file_is_no_folder_of_counts(monkeypatch: pytest.MonkeyPatch, files: dict[str, str]) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", files["binary"])

    with pytest.raises(ImproperlyConfigured, match="PROMETHEUS_MULTIPROC_DIR takes a folder"):
        forget_counts()


def test_counts_of_the_last_start_are_forgotten(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "of" / "metrics"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    forget_counts()
    (folder / "counter_9.db").touch()

    forget_counts()

    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "status"),
    [({"LOG_LEVEL": "loud"}, os.EX_CONFIG), ({"DATABASE_URL": "postgresql://127.0.0.1:1/x"}, 1)],
)
@pytest.mark.parametrize("command", ["prune", "migrate", "showmigrations", "verifyaudit"])
def test_a_command_says_in_a_line_what_is_wrong(command: str, given: dict[str, str], status: int) -> None:
    environment = {**NEEDED, "PATH": os.environ["PATH"], **given}
    ran = subprocess.run(
        [sys.executable, "manage.py", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )

    assert ran.returncode == status
    assert len(ran.stderr.splitlines()) == 1
    assert ("LOG_LEVEL" if status == os.EX_CONFIG else "The database says") in ran.stderr
