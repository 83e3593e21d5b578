from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from common.console import ConsoleCommand
from common.errors import DomainError
from runai_identity.backup.making import back_up


class Command(ConsoleCommand):
    help = (
        "Write all rows as of one moment to a file, encrypted under the first of IDENTITY_ENCRYPTION_KEYS, while the"
        " service goes on. The file holds secrets; the keys that open it are not in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="where to write it; must not exist")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            written = back_up(file)
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"Wrote {written.rows} rows to {file}, which only its owner may read: it holds secrets.")
        self.stdout.write("It takes the first of today's IDENTITY_ENCRYPTION_KEYS to open it. Keep SECRET_KEY too.")
        if written.locked:
            self.stderr.write(
                f"{written.locked} secrets in it can't be read: IDENTITY_ENCRYPTION_KEYS lacks their keys."
            )
