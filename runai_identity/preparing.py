"""Prepare what `make run` serves, and load the application, at the same time."""

import gc
import multiprocessing
import os
import sys
from importlib import import_module
from multiprocessing.connection import Connection
from typing import NoReturn

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseError

from runai_identity.telling import tell_systemd


def prepare_and_load(serving: int) -> str:
    """Have a child prepare what is served, and load the application meanwhile. Exit with the child where it fails.

    Return what people are told once it serves. What migrations take of memory, which is much, ends with the child.
    """
    gc.disable()  # nearly all that is loaded stays; the server switches it on again when it has forked
    django.setup()
    tell_systemd("STATUS=Bringing the database up to date")
    forking = multiprocessing.get_context("fork")
    welcome, written = forking.Pipe(duplex=False)
    preparing = forking.Process(target=prepare, args=(serving, written))
    preparing.start()
    import_module("runai_identity.urls")
    preparing.join()
    if preparing.exitcode:  # which said why; the number of a signal is negative
        sys.exit(max(preparing.exitcode, 1))
    told: str = welcome.recv()
    return told


def prepare(serving: int, written: Connection) -> None:
    """Bring the database and the static files up to date, and make the first administrator and signing keys."""
    from common.outages import is_outage, reason
    from runai_identity import static_files
    from runai_identity.welcome import welcome

    gc.enable()
    os.close(serving)  # if the process above is killed, the next start waits until this one is ready
    try:
        call_command("migrate", interactive=False, verbosity=0)
        static_files.collect()
        call_command("bootstrap", verbosity=0)
        written.send(welcome())
    except (CommandError, ImproperlyConfigured) as error:
        refuse(str(error), 1 if isinstance(error.__cause__, DatabaseError) else os.EX_CONFIG)
    except OSError as error:
        refuse_for_now(error)
    except DatabaseError as error:
        if not is_outage(error):
            raise
        refuse(f"the database says: {reason(error)}", 1)


def refuse(why: str, status: int = os.EX_CONFIG) -> NoReturn:
    """Exit. By EX_CONFIG systemd knows that another start would be refused too, until somebody changes something."""
    sys.stderr.write(f"Can't start: {why}\n")
    sys.exit(status)


def refuse_for_now(error: OSError) -> NoReturn:
    """Exit. A disk may have room later, and a folder may be mounted."""
    refuse(f"{error.filename or 'the data folder'}: {error.strerror or error}.", 1)
