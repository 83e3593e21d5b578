"""Django's `migrate`, by one process at a time, which may be killed anywhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connection, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from common.postgresql.base import without_timeouts
from runai_identity import schema
from runai_identity.alone import alone
from runai_identity.search_indexes import make_search_indexes

LATER = """The database belongs to a later version of runai-identity, which has made these changes: {names}.
Start that version again, or restore a backup from before the upgrade. Nothing was changed."""

NO_TRIGRAMS = "PostgreSQL's extension pg_trgm is missing: a search in lists reads whole tables. See docs/deploy.md."


class WholeExecutor(MigrationExecutor):
    """Apply and record each migration in one transaction.

    Django records some after the transaction that made their tables. Killed in between, the next start would find
    tables that nobody had recorded.
    """

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        with _whole(migration):
            return super().apply_migration(state, migration, fake=fake, fake_initial=fake_initial)

    def unapply_migration(self, state: ProjectState, migration: Migration, fake: bool = False) -> ProjectState:
        with _whole(migration):
            return super().unapply_migration(state, migration, fake=fake)


@contextmanager
def _whole(migration: Migration) -> Iterator[None]:
    if not migration.atomic:
        yield
        return
    # SQLite can't do this within a transaction, and Django changes no table of its without it.
    connection.disable_constraint_checking()
    try:
        with transaction.atomic():
            yield
    finally:
        connection.enable_constraint_checking()


setattr(migrate, "MigrationExecutor", WholeExecutor)  # noqa: B010  the name by which the command finds it


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with without_timeouts(connection), alone(lambda: self.stdout.write("Waiting for another start to migrate.")):
            if names := schema.unknown():
                raise CommandError(LATER.format(names=", ".join(names)))
            if reason := schema.why_not_from_here():
                raise CommandError(reason)
            super().handle(*args, **options)
            if not schema.is_pending():
                schema.say_what_it_serves()
                if not make_search_indexes() and connection.vendor == "postgresql":
                    self.stdout.write(NO_TRIGRAMS)
