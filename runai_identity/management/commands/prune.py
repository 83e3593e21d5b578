"""For those who prefer cron, with HOUSEKEEPING=false; the server does the same by itself."""

from typing import Any

from django.core.management.base import CommandParser

from common.console import ConsoleCommand
from runai_identity.housekeeping import CHORES, prune_all
from sso.services.refreshing import refresh_now
from tokens.services.backchannel import deliver_due


class Command(ConsoleCommand):
    help = "Clear away what is over: codes, grants, sessions and the like. The server does it by itself, too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count what would go")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        counts = {chore.name: chore.due().count() for chore in CHORES} if dry_run else prune_all().counts
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count}")
        if not dry_run:
            # Here and now: a thread would end with this process.
            self.stdout.write(f"identity providers asked: {refresh_now()}")
            self.stdout.write(f"clients told that a session ended: {deliver_due()}")
