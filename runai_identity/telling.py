"""Tell people at the console and systemd how far the server is."""

import os
import socket
import sys
import time
from contextlib import suppress

# What `make run` tells people once it serves, and the address it listens on. The workers inherit both.
where_to_sign_in = ""
listens_at = ("", 0)


def tell_systemd(state: str) -> None:
    """Send `state` by the protocol of sd_notify(3); do nothing unless a unit of Type=notify started this process.

    A socket that is gone must not stop the server.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        client.connect("\0" + address[1:] if address.startswith("@") else address)
        client.send(state.encode())


def tell_once_it_listens() -> None:
    """Wait for this server's own socket: granian's workers listen only after the application's start."""
    while True:
        try:
            socket.create_connection(listens_at, timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            break
    tell_that_it_serves()


def tell_that_it_serves() -> None:
    serving = f"Serving on {os.environ['PUBLIC_URL']}"
    sys.stdout.write(f"{where_to_sign_in}{serving} - press Ctrl-C to stop.\n")
    sys.stdout.flush()
    tell_systemd(f"READY=1\nSTATUS={serving}")
