from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from common.actors import SYSTEM
from common.console import ConsoleCommand
from common.errors import DomainError
from tokens.models.keys import Algorithm
from tokens.ports.verifiers import broken_by_an_emergency
from tokens.services.keys import planned, rotate, rotate_at_once

EMERGENCY = """This withdraws every {algorithm} key at once, and signs with a new one:
  - every token signed so far is refused by this service from now on: people refresh, applications ask again;
  - clusters that verify offline refuse new tokens until they may fetch the keys again, which takes up to {minutes}
    minutes. With the first new token after that they forget the withdrawn keys: use one in each of these clusters, or
    restart its API servers. Until then they accept what the leaked key signs."""


class Command(ConsoleCommand):
    help = "Sign with the next key. Planned rotation breaks nothing; --emergency is for a leaked key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--algorithm", choices=Algorithm.values, default=Algorithm.RS256.value)
        parser.add_argument("--emergency", action="store_true", help="withdraw all keys at once")
        parser.add_argument("--yes", action="store_true", help="do not ask before an emergency rotation")

    def handle(self, *args: Any, algorithm: str, emergency: bool, yes: bool, **options: Any) -> None:
        try:
            if emergency:
                self._ask(algorithm, yes)
                key = rotate_at_once(actor=SYSTEM, algorithm=Algorithm(algorithm))
            else:
                self._write(planned())
                key = rotate(actor=SYSTEM, algorithm=Algorithm(algorithm))
        except DomainError as error:
            raise CommandError(error.message) from None
        self.stdout.write(f"{algorithm} tokens are signed with {key.kid} now.")

    def _ask(self, algorithm: str, yes: bool) -> None:
        minutes = int(settings.JWKS_MAX_AGE.total_seconds() // 60)
        self.stdout.write(EMERGENCY.format(algorithm=algorithm, minutes=minutes))
        if sentences := broken_by_an_emergency():
            self.stdout.write("What that means for each cluster:")
            self._write(sentences)
        if not yes and input("Go on? Type yes: ") != "yes":
            raise CommandError("Nothing was changed.")

    def _write(self, sentences: list[str]) -> None:
        for sentence in sentences:
            self.stdout.write(f"  - {sentence}")
