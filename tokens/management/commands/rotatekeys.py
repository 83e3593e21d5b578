from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.actors import SYSTEM
from common.errors import DomainError
from tokens.models.keys import Algorithm
from tokens.services.keys import rotate, rotate_at_once

EMERGENCY = """This withdraws every {algorithm} key that has signed, at once:
  - every token it signed is refused by this service from now on: people refresh, applications ask again;
  - clusters that verify offline may refuse new tokens, and accept old ones, until they fetch the keys again.
Who got the database and IDENTITY_ENCRYPTION_KEYS has the next key too: then run this twice for each algorithm."""


class Command(BaseCommand):
    help = "Sign with the next key. Planned rotation breaks nothing; --emergency is for a leaked key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--algorithm", choices=Algorithm.values, default=Algorithm.RS256.value)
        parser.add_argument("--emergency", action="store_true", help="withdraw the present key at once")
        parser.add_argument("--yes", action="store_true", help="do not ask before an emergency rotation")

    def handle(self, *args: Any, algorithm: str, emergency: bool, yes: bool, **options: Any) -> None:
        try:
            if emergency:
                self._ask(algorithm, yes)
                key = rotate_at_once(actor=SYSTEM, algorithm=Algorithm(algorithm))
            else:
                key = rotate(actor=SYSTEM, algorithm=Algorithm(algorithm))
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{algorithm} tokens are signed with {key.kid} now.")

    def _ask(self, algorithm: str, yes: bool) -> None:
        self.stdout.write(EMERGENCY.format(algorithm=algorithm))
        if not yes and input("Go on? Type yes: ") != "yes":
            raise CommandError("Nothing was changed.")
