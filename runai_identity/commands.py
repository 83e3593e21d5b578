"""Commands of manage.py: what is wrong with their arguments, settings or database is said in a line."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, InterfaceError

from common.outages import is_outage, reason


def run_command(words: list[str]) -> None:
    for word in words:
        _check(word)
    try:
        execute_from_command_line(["manage.py", *words])
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(os.EX_CONFIG)
    except (DatabaseError, InterfaceError) as error:
        if not is_outage(error):
            raise
        sys.exit(f"The database says: {reason(error)}")
    except OSError as error:
        if error.filename is None:
            raise
        sys.exit(f"{error.filename}: {error.strerror}.")


def _check(word: str) -> None:
    """Refuse what argparse and databases take for something else."""
    if not word.isascii() and word.encode(errors="replace") != word.encode(errors="surrogatepass"):
        sys.stderr.write(f"An argument is no text in UTF-8: {word!r}\n")
    elif word.startswith("--") and word.endswith("=--"):
        sys.stderr.write(f"{word.removesuffix('=--')} takes a value, and -- is none.\n")
    else:
        return
    sys.exit(os.EX_USAGE)
