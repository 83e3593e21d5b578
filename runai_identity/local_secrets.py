"""Secrets of a service on this machine: files in DATA_DIR/secrets, made at the first start and kept."""

import base64
import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from accounts import passwords


def kept_in(data: Path) -> dict[str, str]:
    """Return the settings that name the files of secrets, made where they are missing.

    A secret that the environment has gets no file.
    """
    folder, made = data / "secrets", {}
    if not _is_given("RUNAI_ADMIN_PASSWORD"):
        made["RUNAI_ADMIN_PASSWORD_FILE"] = str(keep_secret(folder / "initial_admin_password", passwords.generate))
    if not _is_given("SECRET_KEY"):
        made["SECRET_KEY_FILE"] = str(keep_secret(folder / "secret_key", lambda: secrets.token_urlsafe(64)))
    if not _is_given("IDENTITY_ENCRYPTION_KEYS"):
        made["IDENTITY_ENCRYPTION_KEYS_FILE"] = str(keep_secret(folder / "identity_encryption_keys", encryption_key))
    return made


def encryption_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def keep_secret(file: Path, make: Callable[[], str]) -> Path:
    """Write what `make` answers to `file`, once and whole: a reader sees all of it or no file."""
    if file.exists():
        return file
    handle, draft = tempfile.mkstemp(dir=file.parent)  # made with mode 0600
    try:
        with os.fdopen(handle, "w") as out:
            out.write(make())
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)  # fails, rather than replaces, when another start was quicker
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from error
    finally:
        os.unlink(draft)
    flush_folder(file.parent)
    return file


def flush_folder(folder: Path) -> None:
    """Write a folder to disk: a power cut must not leave a database whose encryption key was never written."""
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def refuse_lost(data: Path) -> None:
    """Refuse to start if secrets are missing for a database that is there: new keys would read nothing of it.

    Of a database elsewhere that is known only by what stands beside: the secret key is the first that a start writes.
    A new encryption key is refused later, by the database's own (runai_identity/preparing.py).
    """
    if {"DATABASE_URL", "DATABASE_URL_FILE"} & set(os.environ):
        needed: tuple[str, ...] = ("SECRET_KEY",) if (data / "secrets" / "identity_encryption_keys").exists() else ()
    else:
        needed = ("SECRET_KEY", "IDENTITY_ENCRYPTION_KEYS") if (data / "runai-identity.sqlite3").exists() else ()
    for name in _missing(data, needed):
        raise ImproperlyConfigured(
            f"{_file(data, name)} is missing, with which the service in {data} was begun."
            f" Bring your copy of it back, or set {name}; a backup of the database has none. If there is no copy:"
            " docs/disaster.md."
        )


def refuse_to_restore_without(data: Path) -> None:
    """Refuse to restore a backup if secrets are missing: new ones would not open it, or read what was in it."""
    if missing := _missing(data, ("SECRET_KEY", "IDENTITY_ENCRYPTION_KEYS")):
        files, names = (" and ".join(of) for of in ([str(_file(data, name)) for name in missing], missing))
        raise ImproperlyConfigured(
            f"Missing: {files}. A backup has no secrets, and is restored with those of the service that it was made of."
            f" Bring your copies back, or set {names}, before you start a server here:"
            " docs/disaster.md, The machine is lost."
        )


def was_begun(data: Path) -> bool:
    """Return True if a start was here: the secret key is the first that it writes."""
    return not _missing(data, ("SECRET_KEY",))


def _missing(data: Path, names: Iterable[str]) -> list[str]:
    return [name for name in names if not _is_given(name) and not _file(data, name).exists()]


def _is_given(name: str) -> bool:
    return name in os.environ or f"{name}_FILE" in os.environ


def _file(data: Path, name: str) -> Path:
    return data / "secrets" / name.lower()
