"""Syslog messages (RFC 5424) by UDP (RFC 5426), TCP (RFC 6587, octet counting) or TLS (RFC 5425)."""

import fcntl
import socket
import ssl
import struct
import sys
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC

from audit.streams.address import SyslogAddress
from audit.streams.records import Record
from common.connections import refuse_in_transaction

SECONDS = 10  # for a batch: to connect, to send and to see it taken
LONGEST_DATAGRAM = 60_000
LOG_AUDIT = 13  # the facility; RFC 5424 §6.2.1
WARNING, INFORMATIONAL = 4, 6
APP_NAME = "runai-identity"


def message(record: Record, sender: str) -> bytes:
    """Return the message of RFC 5424: the header, no structured data, and the record as JSON in ASCII."""
    priority = LOG_AUDIT * 8 + (WARNING if record.failed else INFORMATIONAL)
    at = record.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    name = "".join(one for one in record.name if "!" <= one <= "~")[:32] or "-"
    return f"<{priority}>1 {at} {sender} {APP_NAME} - {name} - ".encode() + record.line


def deliver_to_syslog(address: SyslogAddress, records: Sequence[Record]) -> None:
    """Send the records; OSError if the server didn't take all of them. By UDP nobody can tell."""
    refuse_in_transaction()
    if address.transport == "udp":
        _send_datagrams(address, records)
        return
    messages = [message(record, address.sender) for record in records]
    frames = b"".join(b"%d %s" % (len(one), one) for one in messages)
    ends_at = time.monotonic() + SECONDS
    with socket.create_connection((address.host, address.port), timeout=SECONDS) as plain:
        if address.transport == "tcp":
            _send_until_closed(plain, frames, ends_at)
        else:
            context = ssl.create_default_context(cadata=address.ca or None)
            with context.wrap_socket(plain, server_hostname=address.host) as connection:
                _send_until_closed(connection, frames, ends_at)


def _send_until_closed(connection: socket.socket, frames: bytes, ends_at: float) -> None:
    """Send, say that this was all, and wait until the server has read it and closes.

    RFC 6587 knows no acknowledgement: what the system took of us may never be read. Who reads to the end sees the end;
    who closes before has not got all of it, and often the reset that says so comes too late.
    """
    connection.settimeout(_left(ends_at))
    connection.sendall(frames)
    if isinstance(connection, ssl.SSLSocket):
        connection.settimeout(_left(ends_at))
        # Many close the connection without the alert that RFC 5246 §7.2.1 wants; a reset is another error.
        with suppress(ssl.SSLEOFError, ssl.SSLZeroReturnError):
            connection.unwrap()
    else:
        connection.shutdown(socket.SHUT_WR)
        while True:
            connection.settimeout(_left(ends_at))
            if not connection.recv(4096):
                break
    if _on_the_way(connection) > 1:
        raise ConnectionAbortedError("it closed before it had everything")


def _on_the_way(connection: socket.socket) -> int:
    """Return the number of bytes that the other system has not acknowledged; the end of the stream counts as one."""
    if sys.platform != "linux":
        return 0
    (count,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
    return int(count)


def _send_datagrams(address: SyslogAddress, records: Sequence[Record]) -> None:
    found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)
    family, kind, protocol, _, where = found[0]
    with socket.socket(family, kind, protocol) as sender:
        sender.settimeout(SECONDS)
        sender.connect(where)  # then a port where nobody listens is an error of a later message
        for record in records:
            sent = message(record, address.sender)
            if len(sent) > LONGEST_DATAGRAM:
                short = replace(record, said={**record.said, "metadata": {}, "cut": True})
                sent = message(short, address.sender)
            sender.send(sent)


def _left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError("it did not take everything in time")
    return left
