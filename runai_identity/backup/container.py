"""The file of a backup: a line that says what it is, and after it gzip, encrypted a piece at a time.

The pieces follow the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár 2015): AES-256-GCM under a key made
for this file, with a nonce that counts the pieces and marks the last one. So no piece can be changed, moved, left out
or added, and the file can't be cut off. The first line has the file's key, encrypted under the first of
IDENTITY_ENCRYPTION_KEYS, and is authenticated with each piece.
"""

import gzip
import io
import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from common.encryption import decrypt, encrypt
from common.errors import MALFORMED, DomainError, Invalid

FORMAT = "runai-identity backup"
VERSION = 1
PIECE = 64 * 1024
TAG = 16  # what GCM adds to each piece
LONGEST_FIRST_LINE = 4096
QUICK = 1  # gzip's level: rows shrink to a fifth, in a third of the time of level 6


class _Encrypted(io.RawIOBase):
    """Takes what is to be encrypted. Only `finish` writes the last piece, so that what broke off stays incomplete."""

    def __init__(self, out: IO[bytes], pieces: "_Pieces") -> None:
        self._out, self._pieces, self._held = out, pieces, bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        while len(self._held) > PIECE:
            self._out.write(self._pieces.encrypted(bytes(self._held[:PIECE]), last=False))
            del self._held[:PIECE]
        return len(data)

    def finish(self) -> None:
        self._out.write(self._pieces.encrypted(bytes(self._held), last=True))


class _Decrypted(io.RawIOBase):
    """Gives what was encrypted. Reads one piece ahead, because the last piece is decrypted in another way."""

    def __init__(self, source: IO[bytes], pieces: "_Pieces") -> None:
        self._source, self._pieces, self._held = source, pieces, memoryview(b"")
        self._ahead = source.read(PIECE + TAG)
        self._finished = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held and not self._finished:
            self._next()
        count = min(len(buffer), len(self._held))
        buffer[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def _next(self) -> None:
        piece, self._ahead = self._ahead, self._source.read(PIECE + TAG)
        self._finished = not self._ahead
        self._held = memoryview(self._pieces.decrypted(piece, last=self._finished))


class _Pieces:
    """Encrypts or decrypts the pieces of one file in their order."""

    def __init__(self, key: bytes, first_line: bytes) -> None:
        self._cipher, self._first_line, self._count = AESGCM(key), first_line, 0

    def encrypted(self, piece: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last), piece, self._first_line)

    def decrypted(self, piece: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(last), piece, self._first_line)
        except (InvalidTag, ValueError):
            raise damaged() from None

    def _nonce(self, last: bool) -> bytes:
        self._count += 1
        return self._count.to_bytes(11, "big") + bytes([last])


def damaged() -> Invalid:
    return Invalid("backup_damaged", "The backup is damaged or incomplete. Take another copy of it, or an earlier one.")


@contextmanager
def writing(out: IO[bytes]) -> Iterator[gzip.GzipFile]:
    """Yield what takes the content; `out` is complete once the block ended without an exception."""
    key = AESGCM.generate_key(256)
    first_line = json.dumps({"format": FORMAT, "version": VERSION, "key": encrypt(key).decode()}).encode() + b"\n"
    out.write(first_line)
    encrypted = _Encrypted(out, _Pieces(key, first_line))
    with gzip.GzipFile(fileobj=encrypted, mode="wb", compresslevel=QUICK, mtime=0) as content:
        yield content
    encrypted.finish()


@contextmanager
def reading(file: Path) -> Iterator[gzip.GzipFile]:
    """Yield the content of the backup; Invalid if the file is none, or one that our keys don't open."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe could be read once alone, and waits for who writes to it
            raise Invalid("no_backup", f"{file} is no file. A backup is read twice: write it to a file first.")
        with file.open("rb") as source:
            first_line = source.readline(LONGEST_FIRST_LINE)
            decrypted = _Decrypted(source, _Pieces(_key_in(first_line), first_line))
            with gzip.GzipFile(fileobj=io.BufferedReader(decrypted, PIECE)) as content:
                yield content
    except OSError as error:
        raise Invalid("backup_unreadable", f"{file} can't be read: {error.strerror or error}.") from None


def _key_in(first_line: bytes) -> bytes:
    """Return the file's key; raise Invalid for a line that is not ours, of another format, or by a key that we lack."""
    try:
        said = json.loads(first_line)
        if said["format"] != FORMAT:
            raise ValueError
        version, encrypted = int(said["version"]), str(said["key"]).encode()
    except MALFORMED:
        raise Invalid("no_backup", "This is no file that manage.py backup made.") from None
    if version != VERSION:
        made_by = f"This backup has format {version}, and this server reads format {VERSION}."
        raise Invalid("backup_format", f"{made_by} Restore it with the version that made it, and upgrade then.")
    try:
        return decrypt(encrypted)
    except DomainError:
        told = "IDENTITY_ENCRYPTION_KEYS doesn't open this backup: it lacks the key that was the first one then."
        raise Invalid("backup_key", f"{told} Add that key, after those in use.") from None
