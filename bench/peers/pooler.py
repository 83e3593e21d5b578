"""A database for peers that don't speak through a Unix socket, which is all that the server of the tests listens on."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from bench.server import HOST, wait_for
from tests.database import start_postgresql
from tests.ports import free_port

CONFIGURATION = """
[databases]
* = host={folder} user=postgres
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = session
ignore_startup_parameters = extra_float_digits
max_client_conn = 200
default_pool_size = 150
"""


@contextmanager
def in_front_of_postgresql(name: str) -> Iterator[int]:
    """Start a server as durable as ours with an empty database; yields the port of a PgBouncer that is a mere pipe."""
    url = start_postgresql(durable=True)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    folder = Path(parse_qs(urlsplit(url).query)["host"][0])
    port, file = free_port(), folder / "pgbouncer.ini"
    file.write_text(CONFIGURATION.format(folder=folder, host=HOST, port=port))
    owner = folder.stat().st_uid if os.getuid() == 0 else None  # it does not run as root
    program = shutil.which("pgbouncer", path=f"/usr/sbin:{os.environ['PATH']}") or "pgbouncer"
    running = subprocess.Popen([program, str(file)], user=owner, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        wait_for(port)
        yield port
    finally:
        running.terminate()
        running.wait(20)
