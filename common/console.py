"""Commands at the console, which the audit log names in place of a request."""

from typing import Any

from django.core.management.base import BaseCommand

from common import context
from common.bookkeeping import write_down


class ConsoleCommand(BaseCommand):
    """A management command whose audit entries say that it was this command."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        name = type(self).__module__.rpartition(".")[2]
        token = context.enter(context.RequestContext(method="console", path=f"manage.py {name}"))
        try:
            return super().execute(*args, **options)
        finally:
            context.leave(token)
            write_down()
