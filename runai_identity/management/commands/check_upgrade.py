"""Before an upgrade: can this version take over the database as it is, and what will it do?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

import sso.services.keys as sso
import tokens.services.keys as tokens
from common.errors import Unavailable
from runai_identity import schema


class Command(BaseCommand):
    help = "Say whether this version can upgrade the database, and what migrate will do. Nothing is changed."

    def handle(self, *args: Any, **options: Any) -> None:
        if names := schema.unknown():
            raise CommandError(f"The database is of a later version, which has made these changes: {', '.join(names)}.")
        if reason := schema.why_not_from_here():
            raise CommandError(reason)
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        for migration, _ in plan:
            self.stdout.write(f"{migration.app_label}.{migration.name}")
        if not plan:
            self._check_keys()
        self.stdout.write(
            f"Migrations to apply: {len(plan)}. manage.py migrate does, and so does the next make run."
            if plan
            else "Nothing to migrate."
        )

    def _check_keys(self) -> None:
        """With the tables as this code has them."""
        try:
            tokens.require_readable()
            sso.require_readable()
        except Unavailable as refusal:
            raise CommandError(refusal.message) from None
