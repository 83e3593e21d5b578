from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common.console import ConsoleCommand
from common.errors import DomainError
from runai_identity.backup.restoring import restore


class Command(ConsoleCommand):
    help = "Restore a file of manage.py backup into an empty database, all of it or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            restored = restore(file)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Restored {restored.rows} rows as they were at {restored.made_at}.")
        for remark in restored.remarks:
            self.stdout.write(remark)
