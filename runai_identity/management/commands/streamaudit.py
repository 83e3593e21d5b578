"""For who wants to know how far streams are, and for those who prefer a timer, with HOUSEKEEPING=false."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from audit.streams.sending import lag_of, send_batch
from audit.streams.sinks import NotDelivered, Sink, configured
from common.console import ConsoleCommand
from runai_identity.leases import give_up, hold
from runai_identity.streaming import LEASED_FOR


class Command(ConsoleCommand):
    help = "Send what the streams of the audit log have not sent yet. The server does it by itself, too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--status", action="store_true", help="only say how far each of them is")

    def handle(self, *args: Any, status: bool, **options: Any) -> None:
        sinks = configured()
        if not sinks:
            raise CommandError("No stream is configured. Set one of AUDIT_STREAM_FILE, _SYSLOG and _HTTP.")
        held_up = [] if status else [name for name, sink in sinks.items() if not self._send(name, sink)]
        for name in sinks:
            self._say_how_far(name)
        if held_up:
            raise CommandError(f"Not everything was sent: {', '.join(held_up)}.")

    def _send(self, name: str, sink: Sink) -> bool:
        lease = f"audit stream: {name}"
        try:
            while hold(lease, seconds=LEASED_FOR):
                if not send_batch(name, sink):
                    return True
        except NotDelivered:
            return False
        finally:
            give_up(lease)
        self.stdout.write(
            f"{name}: nothing was sent from here, since a server sends; one that was killed within the last"
            f" {LEASED_FOR} s counts as one"
        )
        return True

    def _say_how_far(self, name: str) -> None:
        lag = lag_of(name)
        failure = f"; the last try failed: {lag.position.failure}" if lag.position.failure else ""
        if lag.oldest is None:
            self.stdout.write(f"{name}: everything was sent{failure}")
            return
        age = int((timezone.now() - lag.oldest).total_seconds())
        self.stdout.write(f"{name}: {lag.entries} entries to send, the oldest {age} s old{failure}")
