"""The server that is measured: one worker as `make run` serves by, on a core of its own; all else is on the other."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet

from tests.database import start_postgresql
from tests.ports import free_port

if TYPE_CHECKING:
    from bench.works import World

HOST = "127.0.0.1"


def prepare_environment(database: Callable[..., str] = start_postgresql) -> int:
    """Settings like a deployment's, in this process and those it starts; answers the port."""
    port = free_port()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "runai_identity.settings",
        "DATABASE_URL": database(durable=True),
        "DATA_DIR": tempfile.mkdtemp(prefix="bench-"),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "IDENTITY_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "ALLOWED_HOSTS": HOST,
        "LOG_LEVEL": "WARNING",
        # Everybody calls from one address.
        "SIGN_IN_TRIES_PER_ADDRESS": "1000000",
    }
    return port


def prepare_world() -> "World":
    """Set Django up in this process, with an empty database, and put into it what is asked for."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)

    from bench import works
    from tests.keys import plant_keys

    plant_keys()
    return works.make_world()


def pin(core: int) -> None:
    """This process and those it starts; a machine with one core has no choice."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


def pin_to_all() -> None:
    """Let this process use every core, whatever the one that began it may."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))


@contextmanager
def serving(port: int, program: str = "runai_identity.serve") -> Iterator["Process"]:
    command = [sys.executable, "-m", program, HOST, str(port)]
    one_worker = {**os.environ, "WEB_CONCURRENCY": "1"}
    master = subprocess.Popen(command, env=one_worker, preexec_fn=lambda: pin(0), stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        wait_for(port)
        yield worker_of(master.pid)
    finally:
        master.terminate()
        master.wait(20)


def wait_for(port: int, seconds: float = 20) -> None:
    for _ in range(int(seconds * 10)):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("The server did not start.")


class Process:
    """What a process has used of its core, and of memory."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def cpu_seconds(self) -> float:
        after_the_name = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_the_name[11]) + int(after_the_name[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """In MB, at present: its own, and of what it shares with others its part (PSS)."""
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        return int(rollup.partition("\nPss:")[2].split()[0]) / 1024

    def peak_memory(self) -> float:
        """In MB, since it began."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def children_of(pid: int) -> list[Process]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [Process(int(child)) for child in found.split()]


def worker_of(master: int) -> Process:
    """The one that a server has."""
    while not (workers := children_of(master)):
        time.sleep(0.1)
    return workers[0]
