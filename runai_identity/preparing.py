"""Prepare what `make run` serves, and load the application, at the same time."""

import gc
import multiprocessing
import os
import sys
from importlib import import_module

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseError


def prepare_and_load(serving: int) -> None:
    """Have a child prepare what is served, and load the application meanwhile. Exit with the child where it fails.

    What migrations take of memory, which is much, ends with the child.
    """
    gc.disable()  # nearly all that is loaded stays; the server switches it on again when it has forked
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(f"Can't start: {error}")
    preparing = multiprocessing.get_context("fork").Process(target=prepare, args=(serving,))
    preparing.start()
    import_module("runai_identity.urls")
    preparing.join()
    if preparing.exitcode:  # which said why; the number of a signal is negative
        sys.exit(max(preparing.exitcode, 1))


def prepare(serving: int) -> None:
    """Bring the database and the static files up to date, and make the first administrator and signing keys."""
    from common.outages import is_outage, reason
    from runai_identity import static_files

    gc.enable()
    os.close(serving)  # if the process above is killed, the next start waits until this one is ready
    try:
        call_command("migrate", interactive=False, verbosity=0)
        static_files.collect()
        call_command("bootstrap")
    except (CommandError, ImproperlyConfigured) as error:
        sys.exit(f"Can't start: {error}")
    except OSError as error:
        sys.exit(cant_start(error))
    except DatabaseError as error:
        if not is_outage(error):
            raise
        sys.exit(f"Can't start: the database says: {reason(error)}")


def cant_start(error: OSError) -> str:
    return f"Can't start: {error.filename or 'the data folder'}: {error.strerror or error}."
