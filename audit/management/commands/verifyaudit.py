import re
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from audit.verification import Verification
from common.console import ConsoleCommand


class Command(ConsoleCommand):
    help = "Find entries of the audit log that were changed, removed or inserted past the service. Nothing is written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--expect", metavar="HASH", help="of a seal that was noted before: finds a log that was cut off"
        )

    def handle(self, *args: Any, expect: str | None, **options: Any) -> None:
        done, count = Verification(expected="" if expect is None else _hash(expect)), 0
        for count, fault in enumerate(done.faults(), start=1):  # noqa: B007  read after the loop
            self.stdout.write(fault)
        cleared = f", and {done.pruned} by strangers that the service deleted for their age" if done.pruned else ""
        self.stdout.write(f"Sealed entries: {done.entries}{cleared}.")
        if done.oldest_unsealed:
            age = int((timezone.now() - done.oldest_unsealed).total_seconds())
            self.stdout.write(
                f"Entries not sealed yet, and so not verified: {done.unsealed}; the oldest is {age} s old."
            )
        if done.last:
            self.stdout.write(f"Last seal: number {done.last.number} of {done.last.sealed_at:%Y-%m-%d %H:%M:%S} UTC.")
            self.stdout.write(f"Note its hash elsewhere, for --expect: {done.last.hash}")
        else:
            self.stdout.write(
                "There is no seal. A server that is asked something, such as a health check, makes one within a minute"
                " or two; manage.py prune does at once."
            )
        if count:
            raise CommandError(f"Faults found: {count}. The audit log is not as the service wrote it.")
        if done.unsealed and not done.last:
            raise CommandError("Nothing was verified: there are entries and no seal.")
        self.stdout.write("Nothing sealed was changed, removed or inserted." if done.last else "Nothing was verified.")


def _hash(text: str) -> str:
    """Read a hash; an empty one, of a variable that is not set, would expect nothing."""
    hash_ = text.strip().lower()
    if not re.fullmatch("[0-9a-f]{64}", hash_):
        raise CommandError("--expect takes the hash of a seal: 64 hexadecimal digits.")
    return hash_
