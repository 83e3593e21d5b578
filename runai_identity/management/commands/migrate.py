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
from django.db.models import Field

from common.postgresql.base import without_timeouts
from runai_identity import schema
from runai_identity.alone import alone
from runai_identity.search_indexes import make_search_indexes

LATER = """The database belongs to a later version of runai-identity, which has made these changes: {names}.
Start that version again, or go back as Rolling back in its CHANGELOG says. Nothing was changed."""

NO_TRIGRAMS = "PostgreSQL's extension pg_trgm is missing: a search in lists reads whole tables. See docs/deploy.md."


# Attributes of a field that concern forms and pages, and neither tables nor queries.
OF_PAGES = {"blank", "choices", "editable", "error_messages", "help_text", "validators", "verbose_name"}


class LastingState(ProjectState):
    """Make no model anew where a field changes for pages alone.

    Django makes it and all related ones anew for each change: two fifths of the time that an empty database takes.
    """

    def clone(self) -> ProjectState:
        made = super().clone()
        made.__class__ = LastingState  # Django names its own
        return made

    def alter_field(
        self, app_label: str, model_name: str, name: str, field: "Field[Any, Any]", preserve_default: bool
    ) -> None:
        fields = self.models[app_label, model_name].fields
        if preserve_default and in_the_database(fields[name]) == in_the_database(field):
            fields[name] = field
        else:
            super().alter_field(app_label, model_name, name, field, preserve_default)


def in_the_database(field: "Field[Any, Any]") -> tuple[str, list[Any], dict[str, Any]]:
    _, path, args, named = field.deconstruct()
    return path, list(args), {name: value for name, value in named.items() if name not in OF_PAGES}


class WholeExecutor(MigrationExecutor):
    """Apply and record each migration in one transaction.

    Django records some after the transaction that made their tables. Killed in between, the next start would find
    tables that nobody had recorded.
    """

    def _create_project_state(self, with_applied_migrations: bool = False) -> ProjectState:
        state: ProjectState = super()._create_project_state(with_applied_migrations)  # type: ignore[misc]  # Django's own
        return LastingState(models=state.models, real_apps=state.real_apps)

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
