"""Commands of Django and of libraries that would write past our verbs: without rules, audit entries and sign-outs."""

import sys
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError


class RefusedCommand(BaseCommand):
    """A command that says what to use `instead`, whatever options it is given."""

    instead: ClassVar[str]

    @property
    def refusal(self) -> str:
        return f"This command is switched off: it writes past the rules and the audit log. {self.instead}"

    def run_from_argv(self, argv: list[str]) -> None:
        self.stderr.write(self.refusal)
        sys.exit(1)

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError(self.refusal)
