"""`make run`: the whole service on one machine, with everything it needs made on the way.

Run again it keeps everything; interrupted, it goes on where it stopped. Secrets are files in DATA_DIR/secrets that only
their owner may read; a deployment of its own gives the same settings by its environment (docs/configuration.md).
"""

import base64
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

EASY_TO_TYPE = "abcdefghjkmnpqrstuvwxyz23456789"


def one_time_password() -> str:
    """79 bits, read aloud in groups of four."""
    return "-".join("".join(secrets.choice(EASY_TO_TYPE) for _ in range(4)) for _ in range(4))


def encryption_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def keep_secret(file: Path, make: Callable[[], str]) -> Path:
    """Write what `make` answers to `file`, once and whole: a reader sees all of it or no file."""
    if file.exists():
        return file
    handle, draft = tempfile.mkstemp(dir=file.parent)  # made with mode 0600
    with os.fdopen(handle, "w") as out:
        out.write(make())
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)  # fails, rather than replaces, when another start was quicker
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
    return file


def settings_for(data: Path, bind: str, port: int) -> dict[str, str]:
    """The environment of a service on this machine; what the caller's environment says already comes first."""
    kept = data / "secrets"
    made = {
        "DJANGO_SETTINGS_MODULE": "runai_identity.settings",
        "DATA_DIR": str(data),
        "PUBLIC_URL": f"http://{bind}:{port}",
        "ALLOWED_HOSTS": f"{bind},localhost",
    }
    if "RUNAI_ADMIN_PASSWORD" not in os.environ:
        made["RUNAI_ADMIN_PASSWORD_FILE"] = str(keep_secret(kept / "initial_admin_password", one_time_password))
    if "SECRET_KEY" not in os.environ:
        made["SECRET_KEY_FILE"] = str(keep_secret(kept / "secret_key", lambda: secrets.token_urlsafe(64)))
    if "IDENTITY_ENCRYPTION_KEYS" not in os.environ:
        made["IDENTITY_ENCRYPTION_KEYS_FILE"] = str(keep_secret(kept / "identity_encryption_keys", encryption_key))
    return {**made, **os.environ}


def refuse_a_taken_port(bind: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            sys.exit(f"Can't listen on {bind}:{port} ({error.strerror}). Choose another port: PORT=8001 make run")


def port_from_environment() -> int:
    given = os.environ.get("PORT", "8000")
    if not given.isascii() or not given.isdigit() or not 0 < int(given) < 65536:
        sys.exit(f"PORT takes a number from 1 to 65535, not {given!r}.")
    return int(given)


def prepare() -> None:
    """Bring the database and the static files up to date, and make the first administrator and signing keys."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("bootstrap")


def main() -> None:
    bind, port = os.environ.get("BIND", "127.0.0.1"), port_from_environment()
    refuse_a_taken_port(bind, port)

    data = Path(os.environ.get("DATA_DIR", "data")).resolve()
    (data / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    data.chmod(0o700)
    os.environ.update(settings_for(data, bind, port))

    prepare()
    print(f"Serving on http://{bind}:{port} - press Ctrl-C to stop.", flush=True)
    workers = os.environ.get("WEB_CONCURRENCY", "2")
    server = ["-m", "gunicorn", "--bind", f"{bind}:{port}", "--workers", workers, "--preload"]
    quiet = ["--no-control-socket", "--log-level", "warning", "runai_identity.wsgi"]
    os.execv(sys.executable, [sys.executable, *server, *quiet])  # noqa: S606  our own words, no shell


if __name__ == "__main__":
    main()
