from typing import Any

from django.core.management.commands import flush

from runai_identity.management.refused import RefusedCommand


class Command(flush.Command):
    """Switched off at the console; Django's tests call it between two tests."""

    help = "Switched off: it would empty the audit log too."

    def run_from_argv(self, argv: list[str]) -> Any:
        RefusedFlush().run_from_argv(argv)


class RefusedFlush(RefusedCommand):
    instead = "To begin anew, make an empty database and run manage.py migrate and manage.py bootstrap."
