"""Commands at the console, which the audit log names in place of a request."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from common import context
from common.bookkeeping import write_down
from common.outages import is_outage, reason


class ConsoleCommand(BaseCommand):
    """A management command whose audit entries say that it was this command. An outage is said in a line."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        name = type(self).__module__.rpartition(".")[2]
        token = context.enter(context.RequestContext(method="console", path=f"manage.py {name}"))
        try:
            return super().execute(*args, **options)
        except Error as error:
            if not is_outage(error):
                raise
            raise CommandError(f"The database says: {reason(error)}") from error
        finally:
            context.leave(token)
            write_down()
