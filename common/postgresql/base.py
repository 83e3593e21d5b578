"""PostgreSQL bounds a statement by itself (`statement_timeout`), unless it is silent: frozen, or behind a dead network.

So the client waits a little longer than that, and then lets go of the connection.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql import base
from psycopg import IsolationLevel
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.errors import ConnectionTimeout
from psycopg.types.datetime import TimestamptzLoader

GRACE = 2.0  # seconds for the server to say that it gave up
# Where connecting timed out, others that try meanwhile needn't wait as long for the same.
PAUSE = 2.0

logger = logging.getLogger(__name__)


class Connection(psycopg.Connection[Any]):
    """A connection that gives up on a silent server after `patience` seconds."""

    patience: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            if timeout is None:
                self.pgconn.finish()  # an answer that comes late must not be taken for that of the next statement
                raise psycopg.OperationalError("the database server did not answer") from None
            raise


class UTCLoader(Loader):
    """Reads a moment as Django's loader does, which is in Python and takes five times as long."""

    timezone = UTC  # Django asks its own loader for it

    def load(self, data: Buffer) -> datetime:
        try:
            return datetime.fromisoformat(bytes(data).decode())
        except ValueError:  # infinity, or a year before Christ
            return TimestamptzLoader(self.oid, self.connection).load(data).replace(tzinfo=UTC)


class DatabaseWrapper(base.DatabaseWrapper):
    _pause_until = 0.0
    _pooler_was_logged = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        if time.monotonic() < DatabaseWrapper._pause_until:
            raise psycopg.OperationalError("the database server did not answer a moment ago")
        self.isolation_level = IsolationLevel.READ_COMMITTED
        try:
            connection = Connection.connect(**conn_params)
        except ConnectionTimeout:
            DatabaseWrapper._pause_until = time.monotonic() + PAUSE
            raise
        if self.timezone == UTC:
            connection.adapters.register_loader("timestamptz", UTCLoader)
        connection.patience = settings.DATABASE_STATEMENT_SECONDS + GRACE
        if not is_pooled(connection) and _is_behind_a_pooler(connection):
            connection.prepare_threshold = None
            self._log_the_pooler()
        return connection

    def chunked_cursor(self) -> Any:
        """Return a cursor that stays open between transactions, where those that follow reach the same server."""
        self.ensure_connection()
        return self.cursor() if is_pooled(self.connection) else super().chunked_cursor()

    @staticmethod
    def _log_the_pooler() -> None:
        if not DatabaseWrapper._pooler_was_logged:
            DatabaseWrapper._pooler_was_logged = True
            logger.warning("A pooler stands before PostgreSQL: nothing is prepared. Set DATABASE_POOLED=true.")


def is_pooled(raw: Any) -> bool:
    """Return True if the next transaction may reach another server process: nothing may be prepared or set for it.

    `raw` is psycopg's connection.
    """
    return raw.prepare_threshold is None


def _is_behind_a_pooler(connection: Connection) -> bool:
    """Compare the process that answers with the one announced at connecting: a pooler announces itself.

    Without DATABASE_POOLED two clients of a pooler prepare different statements by one name, and each may get the
    answer to the other's.
    """
    connection.autocommit = True
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    return row is None or row[0] != connection.info.backend_pid


@contextmanager
def impatient(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    """Give up a connection on which the server is silent for so long: whoever asks waits no longer."""
    raw: Any = connection.connection
    if connection.vendor != "postgresql" or raw is None:
        yield
        return
    before, raw.patience = raw.patience, seconds
    try:
        yield
    finally:
        raw.patience = before


@contextmanager
def without_timeouts(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let what an operator started at the console, and watches, take as long as it takes."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    raw: Any = connection.connection
    # A pooler would hand what is set here to somebody else.
    names = () if is_pooled(raw) else ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"SET {name} = 0")
    before, raw.patience = raw.patience, None
    try:
        yield
    finally:
        raw.patience = before
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(f"RESET {name}")
