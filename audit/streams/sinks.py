"""Sinks of the audit log's streams: a file, a syslog server, a collector by HTTP. Settings name those in use.

`deliver` returns when everything was taken, and raises NotDelivered otherwise: then all of it is sent again.
"""

import errno
import os
import select
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import requests
from django.conf import settings
from django.utils.http import parse_http_date_safe

from audit.streams.address import SyslogAddress
from audit.streams.records import Record
from audit.streams.syslog import deliver_to_syslog
from common import outbound
from common.errors import DomainError

HTTP_SECONDS = 10
PIPE_SECONDS = 10
LONGEST_BODY = 256 * 1024
LONGEST_PAUSE = 60.0


class NotDelivered(Exception):
    """Says why. `pause` is the time in seconds that the other side asked for."""

    def __init__(self, why: str, pause: float = 0) -> None:
        super().__init__(why)
        self.pause = pause


class Sink(Protocol):
    def deliver(self, records: Sequence[Record]) -> None: ...


@dataclass(frozen=True)
class FileSink:
    """Appends lines to a file, which is opened for each batch: whoever rotates it need not tell us."""

    path: str

    def deliver(self, records: Sequence[Record]) -> None:
        lines = [record.line + b"\n" for record in records]
        try:
            if _is_pipe(self.path):
                _write_to_pipe(self.path, lines)
            else:
                content = b"".join(lines)
                # Once more where somebody moved it away meanwhile, who may have compressed it before this was in it.
                _ = _append_to_file(self.path, content) or _append_to_file(self.path, content)
        except OSError as error:
            raise NotDelivered(f"{self.path}: {_why(error)}") from None


def _is_pipe(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except FileNotFoundError:
        return False


def _write_to_pipe(path: str, lines: Sequence[bytes]) -> None:
    """Write while somebody reads: what is in a pipe is gone when nobody has it open. OSError if nobody does.

    A line goes by one call, so that none is cut off by a stop, or mixed with another process's (PIPE_BUF).
    """
    ends_at = time.monotonic() + PIPE_SECONDS
    with open(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY), "wb", buffering=0) as pipe:
        for line in lines:
            while line:
                if not select.select([], [pipe], [], max(ends_at - time.monotonic(), 0))[1]:
                    raise TimeoutError("its reader took nothing in time")
                line = line[pipe.write(line) or 0 :]


def _append_to_file(path: str, content: bytes) -> bool:
    """Return True if the file is still where it was."""
    # For reading too: the last byte of a file is looked at.
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOCTTY, 0o600)
    try:
        found = os.fstat(file)
        regular = stat.S_ISREG(found.st_mode)
        if regular and found.st_size and os.pread(file, 1, found.st_size - 1) != b"\n":
            content = b"\n" + content  # after a line that was cut off when the disk was full, or the process killed
        while content:
            content = content[os.write(file, content) :]
        if regular:
            os.fsync(file)
        return _is_at(path, found)
    finally:
        os.close(file)


def _is_at(path: str, file: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), file)
    except FileNotFoundError:
        return False


@dataclass(frozen=True)
class SyslogSink:
    address: SyslogAddress

    def deliver(self, records: Sequence[Record]) -> None:
        try:
            deliver_to_syslog(self.address, records)
        except OSError as error:
            raise NotDelivered(f"{self.address.host}: {_why(error)}") from None


@dataclass(frozen=True)
class HTTPSink:
    """Posts lines of JSON; any status of 2xx means that they were taken."""

    url: str
    token: str

    def deliver(self, records: Sequence[Record]) -> None:
        with outbound.session() as client:
            for body in _bodies(records):
                self._post(client, body)

    def _post(self, client: requests.Session, body: bytes) -> None:
        headers = {"Content-Type": "application/x-ndjson"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            with client.post(
                self.url, data=body, headers=headers, timeout=HTTP_SECONDS, allow_redirects=False, stream=True
            ) as answer:
                status, retry_after = answer.status_code, answer.headers.get("Retry-After", "")
        except (requests.RequestException, OSError) as error:
            raise NotDelivered(outbound.refusal(error, self.url).message) from None
        except DomainError as refusal:
            raise NotDelivered(refusal.message) from None
        if not 200 <= status < 300:
            raise NotDelivered(f"HTTP {status}", pause=_seconds(retry_after))


def _bodies(records: Sequence[Record]) -> Iterator[bytes]:
    """Yield the lines in bodies that common collectors take: nginx answers 413 to more than a megabyte."""
    body = b""
    for record in records:
        line = record.line + b"\n"
        if body and len(body) + len(line) > LONGEST_BODY:
            yield body
            body = b""
        body += line
    yield body


def configured() -> dict[str, Sink]:
    """Return the sinks that settings name, by the name that they have in metrics and in the database."""
    sinks: dict[str, Sink] = {}
    if settings.AUDIT_STREAM_FILE:
        sinks["file"] = FileSink(settings.AUDIT_STREAM_FILE)
    if settings.AUDIT_STREAM_SYSLOG:
        sinks["syslog"] = SyslogSink(settings.AUDIT_STREAM_SYSLOG)
    if settings.AUDIT_STREAM_HTTP:
        sinks["http"] = HTTPSink(settings.AUDIT_STREAM_HTTP, settings.AUDIT_STREAM_HTTP_TOKEN)
    return sinks


def _why(error: OSError) -> str:
    if error.errno == errno.ENXIO:
        return "nobody reads it"
    return error.strerror or str(error)


def _seconds(retry_after: str) -> float:
    """Read Retry-After, a number of seconds or a time (RFC 9110 §10.2.3); 0 for anything else."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(float(retry_after), LONGEST_PAUSE)
    at = parse_http_date_safe(retry_after)
    return min(max(at - time.time(), 0), LONGEST_PAUSE) if at else 0
