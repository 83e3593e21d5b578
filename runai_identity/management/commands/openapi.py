from typing import Any

from django.core.management.base import CommandError, CommandParser

from common.console import ConsoleCommand
from runai_identity.api_description import FILE, generated


class Command(ConsoleCommand):
    help = "Write the OpenAPI description of the API, which is served at /api/docs/openapi.json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Write nothing; fail when the file is out of date.")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        described = generated()
        if check and FILE.read_text() != described:
            raise CommandError(f"{FILE.name} is not what the views say now. Write it again: make openapi")
        if not check:
            FILE.write_text(described)
