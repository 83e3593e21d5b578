"""The settings of gunicorn where `make run` serves by it (WEB_SERVER=gunicorn): its configuration module."""

import gc

from gunicorn.http import message

from runai_identity.telling import tell_that_it_serves

# Some clients put into `state` where somebody was, so that an authorization request may have 16 KB
# (tokens.oauth.LONGEST_QUERY); gunicorn alone goes to 8,190 bytes.
message.MAX_REQUEST_LINE = limit_request_line = 17 * 1024


def when_ready(server: object) -> None:
    """Called by gunicorn when it listens."""
    gc.collect()
    gc.freeze()  # the workers are forked now, and share what the collector leaves alone
    gc.enable()
    tell_that_it_serves()


def worker_exit(server: object, worker: object) -> None:
    """Called by gunicorn in a worker that ends."""
    from runai_identity.leases import give_up_all

    give_up_all()
