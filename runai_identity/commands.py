"""Commands of manage.py: what their settings or the database refuse is said in a line."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, InterfaceError

from common.outages import is_outage, reason


def run_command(words: list[str]) -> None:
    try:
        execute_from_command_line(["manage.py", *words])
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(os.EX_CONFIG)
    except (DatabaseError, InterfaceError) as error:
        if not is_outage(error):
            raise
        sys.exit(f"The database says: {reason(error)}")
