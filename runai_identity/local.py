"""`make run`: the whole service on one machine, with everything it needs made on the way.

Run again it keeps everything; interrupted, it goes on where it stopped. Secrets are files in DATA_DIR/secrets that only
their owner may read; a deployment of its own gives the same settings by its environment (docs/configuration.md).
"""

import contextlib
import fcntl
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from runai_identity import env, local_secrets, local_tls, telling
from runai_identity.local_address import (
    address_from_environment,
    in_url,
    is_every_address,
    public_url,
    refuse_a_taken_port,
)
from runai_identity.preparing import prepare_and_load, refuse, refuse_for_now

SERVERS = ("granian", "gunicorn")
NUMBERS = {"WEB_CONCURRENCY": (1, 1000), "WEB_THREADS": (1, 1000), "DRAIN_SECONDS": (0, 3600)}


def settings_for(data: Path, bind: str, port: int) -> dict[str, str]:
    """Return the environment of a service on this machine; what the caller's environment says already comes first."""
    local_secrets.refuse_lost(data)
    tls = local_tls.files_from_environment(data)
    public = public_url(f"{'https' if tls else 'http'}://{in_url(bind)}:{port}")
    hosts = dict.fromkeys(in_url(host) for host in (bind, "localhost", urlsplit(public).hostname or bind))
    made = {
        "DJANGO_SETTINGS_MODULE": "runai_identity.settings",
        "DATA_DIR": str(data),
        "PUBLIC_URL": public,
        "ALLOWED_HOSTS": ",".join(hosts),
    }
    if "METRICS_TOKEN" in os.environ or "METRICS_TOKEN_FILE" in os.environ:
        made["PROMETHEUS_MULTIPROC_DIR"] = str(data / "metrics")
    if tls and tls.authority:
        made["PUBLIC_CA_FILE"] = str(tls.authority)
    return {**made, **local_secrets.kept_in(data), **os.environ}


def tls_from_environment(data: Path) -> local_tls.Files | None:
    """Return None without TLS; refuse a certificate that is none for PUBLIC_URL."""
    files = local_tls.files_from_environment(data)
    if files is None:
        return None
    public = urlsplit(os.environ["PUBLIC_URL"])
    if public.scheme != "https":
        raise ImproperlyConfigured(
            f"PUBLIC_URL is {public.geturl()}, and {files.certificate} is served by https. Say https there too."
        )
    local_tls.check(files, public.hostname or "")
    return files


def make_certificate() -> None:
    """`make certificate`: what `make run` then serves https with, and what trusts it, ready to paste."""
    bind, port = address_from_environment()
    data = data_folder()
    make_folders(data)
    files = local_tls.made_in(data)
    public = urlsplit(public_url(f"https://{in_url(bind)}:{port}")).hostname or bind
    made = not files.certificate.exists()
    if made:
        names = dict.fromkeys((public, bind, "127.0.0.1", "localhost"))
        local_tls.make(data, [name for name in names if not is_every_address(name)])
    local_tls.check(files, public)
    print(f"{'Made' if made else 'There is already'} a certificate for {public} in {files.certificate.parent}.")
    print(
        f"make run serves https with it from its next start on. What trusts it, ready to paste ({files.authority}):\n"
    )
    print(files.authority.read_text() if files.authority else "")


def data_folder() -> Path:
    return Path(os.environ.get("DATA_DIR") or "data").resolve()


def make_folders(data: Path) -> None:
    os.umask(0o077)  # whatever is written from here on is its owner's alone
    data.mkdir(parents=True, exist_ok=True)
    (data / "secrets").mkdir(exist_ok=True)


@contextlib.contextmanager
def being_prepared(data: Path) -> Iterator[None]:
    """Let one start at a time make what is missing, and a command wait until it is made."""
    with (data / "starting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def refuse_a_served_folder(data: Path) -> int:
    """Hold a lock for as long as the server runs, its workers included, which inherit it. Return its file descriptor.

    Two servers with two addresses would issue tokens of two issuers from one database.
    """
    handle = os.open(data / "serving.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        by = os.read(handle, 20).decode() or "another process"
        sys.exit(f"{data} is served already, by {by}. Stop that first, or choose another folder: DATA_DIR=… make run")
    os.ftruncate(handle, 0)
    os.write(handle, f"process {os.getpid()}".encode())
    return handle


def forget_counts() -> None:
    """Forget the counts of the last start's processes: a counter begins at 0, as Prometheus expects after a restart.

    Nothing but counts is removed: who names a folder that is used for something else keeps what is in it.
    """
    if not (named := os.environ.get("PROMETHEUS_MULTIPROC_DIR")):
        return
    folder = Path(named)
    if folder.exists() and not folder.is_dir():
        raise ImproperlyConfigured(f"PROMETHEUS_MULTIPROC_DIR takes a folder, and {folder} is none.")
    folder.mkdir(parents=True, exist_ok=True)
    found = list(folder.iterdir())
    if other := [file.name for file in found if file.suffix != ".db" or not file.is_file()]:
        raise ImproperlyConfigured(f"PROMETHEUS_MULTIPROC_DIR takes a folder of its own, and {folder} has {other[0]}.")
    for file in found:
        file.unlink()


def manage(words: list[str]) -> Callable[[], None]:
    """Return what `make manage` does: a command of manage.py beside `make run`, with the same settings."""
    from runai_identity.commands import run_command

    bind, port = address_from_environment()
    os.umask(0o077)  # it may make the database: `restore` does
    data = data_folder()
    if data.is_dir():
        with being_prepared(data):
            """A start that is under way has made the database and the keys by now."""
    local_secrets.refuse_lost(data)
    if words[:1] == ["restore"]:
        local_secrets.refuse_to_restore_without(data)
        make_folders(data)
    elif not local_secrets.was_begun(data):
        sys.exit(f"Nothing was started in {data} yet. Start it once: make run")
    os.environ.update(settings_for(data, bind, port))
    return partial(run_command, words)


def main() -> None:
    words = sys.argv[1:]
    try:
        if words[:1] == ["certificate"]:
            return make_certificate()
        run = manage(words[1:]) if words[:1] == ["manage"] else start()
    except ImproperlyConfigured as error:
        refuse(str(error))
    except OSError as error:
        refuse_for_now(error)
    run()


def start() -> Callable[[], None]:
    """Make what is missing, and return what serves then. It is this process, which has loaded everything by now."""
    bind, port = address_from_environment()
    server = server_from_environment()
    refuse_wrong_numbers()
    refuse_a_taken_port(bind, port)

    data = data_folder()
    make_folders(data)
    serving = refuse_a_served_folder(data)
    with being_prepared(data):
        os.environ.update(settings_for(data, bind, port))
        forget_counts()
        tls = tls_from_environment(data)
        telling.where_to_sign_in = prepare_and_load(serving)
    return partial(by_gunicorn if server == "gunicorn" else by_granian, bind, port, tls)


def server_from_environment() -> str:
    server = os.environ.get("WEB_SERVER", SERVERS[0])
    if server not in SERVERS:
        raise ImproperlyConfigured(f"WEB_SERVER takes {' or '.join(SERVERS)}, not {server[:100]!r}.")
    return server


def refuse_wrong_numbers() -> None:
    for name, (least, most) in NUMBERS.items():
        value = os.environ.get(name, str(least))
        if not env.NUMBER.fullmatch(value) or not least <= int(value) <= most:
            raise ImproperlyConfigured(f"{name} takes a whole number from {least} to {most}, not {value[:100]!r}.")


def by_granian(bind: str, port: int, tls: local_tls.Files | None) -> None:
    from runai_identity.serve import serve

    serve(bind, port, certificate=tls and tls.certificate, key=tls and tls.key)


def by_gunicorn(bind: str, port: int, tls: local_tls.Files | None) -> None:
    """For behind a proxy that waits for slow clients: each worker reads one request at a time."""
    from gunicorn.app.wsgiapp import run

    workers = os.environ.get("WEB_CONCURRENCY", "2")
    files = ["--certfile", str(tls.certificate), "--keyfile", str(tls.key)] if tls else []
    quiet = ["--config", "python:runai_identity.gunicorn_settings", "--no-control-socket", "--log-level", "warning"]
    address = ["--bind", f"{in_url(bind)}:{port}"]
    sys.argv = ["gunicorn", *address, "--workers", workers, "--preload", *files, *quiet, "runai_identity.wsgi"]
    run()


if __name__ == "__main__":
    main()
