"""Store a profile: a folder that only its owner can enter, files that are replaced whole, and locks.

What somebody else could have read or put there is not used: a refresh token is worth as much as a password.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
import time

from runai_identity_cli.failures import Failure, Usage

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing while kubectl waits
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

NAME = "runai-identity"
SPARE = 16 * 1024  # bytes by which a file may become longer than it was; one more token takes 1 to 4 KiB
LONGEST_WAIT = 30  # seconds; the holder of a lock waits at most twice 10 s for the server


class Store:
    def __init__(self, profile: str) -> None:
        if not profile or profile[0] == "." or not all(char.isalnum() or char in "._-" for char in profile):
            raise Usage("RUNAI_IDENTITY_PROFILE takes letters, digits, dots, dashes and underscores.")
        self.profile = profile
        self.folder = os.path.join(_state_home(), NAME, profile)

    def path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def read(self, name: str) -> dict[str, Any] | None:
        """Return what was written under this name; None when nothing was."""
        try:
            self._check_folders()
            descriptor = os.open(self.path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _cant("read", self.path(name), error) from None
        with open(descriptor, "rb") as file:
            _check(os.fstat(descriptor), self.path(name), stat.S_ISREG)
            return _decoded(file.read(), self.path(name))

    def write(self, name: str, content: dict[str, Any]) -> None:
        """Write all of it or nothing, also when the machine stops on the way."""
        with self.replacing(name) as file:
            file.write(json.dumps(content))

    @contextlib.contextmanager
    def replacing(self, name: str) -> Iterator[Any]:
        """Yield a file that takes the place of the one of this name.

        Opened before, so that one learns early if it can't.
        """
        self._make_folders()
        aside = f"{self.path(name)}.{os.getpid()}.new"
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(aside)
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                with open(descriptor, "w", encoding="utf-8") as file:
                    self._reserve(file, name)
                    yield file
                    file.flush()
                    os.ftruncate(descriptor, os.lseek(descriptor, 0, os.SEEK_CUR))
                    os.fsync(descriptor)
                os.replace(aside, self.path(name))
            finally:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(aside)
        except OSError as error:
            raise _cant("write", self.path(name), error) from None

    def _reserve(self, file: Any, name: str) -> None:
        """Take the room that the content may need: on a full disk a file can be made, and then holds nothing."""
        try:
            size = os.stat(self.path(name)).st_size
        except FileNotFoundError:
            size = 0
        file.write(" " * (size + SPARE))
        file.flush()
        os.fsync(file.fileno())
        file.seek(0)

    def remove(self, name: str) -> bool:
        try:
            os.unlink(self.path(name))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _cant("remove", self.path(name), error) from None
        return True

    def note(self, name: str, line: str) -> bool:
        """Append a line to a file of lines; False when it is there already. On NFS a line may get lost."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with open(os.open(self.path(name), flags, 0o600), "r+b", buffering=0) as file:
                if line.encode() in (file.read() or b"").splitlines():
                    return False
                file.write(f"{line}\n".encode())
        except OSError as error:
            raise _cant("write", self.path(name), error) from None
        return True

    def remove_others(self, prefix: str, keep: set[str]) -> None:
        """Remove the files whose names begin with `prefix`, except `keep`."""
        for name in os.listdir(self.folder):
            if name.startswith(prefix) and name not in keep:
                self.remove(name)

    @contextlib.contextmanager
    def lock(self, name: str = "lock", *, patience: float = LONGEST_WAIT) -> Iterator[None]:
        """One process at a time, on this machine and, where the folder is on NFS, on every one."""
        self._make_folders()
        path = self.path(name)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _cant("open", path, error) from None
        try:
            _wait_for(descriptor, path, patience)
            yield
        finally:
            os.close(descriptor)

    def _make_folders(self) -> None:
        try:
            os.makedirs(_state_home(), mode=0o700, exist_ok=True)
            for folder in (os.path.dirname(self.folder), self.folder):
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, 0o700)
        except OSError as error:
            raise _cant("make", self.folder, error) from None
        self._check_folders()

    def _check_folders(self) -> None:
        for folder in (os.path.dirname(self.folder), self.folder):
            if os.lstat(folder).st_uid != os.geteuid():
                raise _not_ours(folder)
            _check(os.stat(folder), folder, stat.S_ISDIR)


def _state_home() -> str:
    """Return the state folder by the XDG base directory specification, which ignores relative paths."""
    named = os.environ.get("XDG_STATE_HOME", "")
    return named if os.path.isabs(named) else os.path.expanduser(os.path.join("~", ".local", "state"))


def _check(found: os.stat_result, path: str, is_kind: Any) -> None:
    if found.st_uid != os.geteuid() or not is_kind(found.st_mode):
        raise _not_ours(path)
    if found.st_mode & 0o077:
        raise Failure(
            f"{path} is open to other users of this machine, so what it holds may be known to them. Remove it with"
            f" 'rm -r {path}', end its session at the server under Account, and sign in again: runai-identity login"
        )


def _not_ours(path: str) -> Failure:
    return Failure(
        f"{path} is not yours, or not what runai-identity made. Remove it, or name another place by XDG_STATE_HOME."
    )


def _cant(verb: str, path: str, error: OSError) -> Failure:
    if error.errno == errno.ELOOP:
        return _not_ours(path)
    return Failure(f"Can't {verb} {path}: {error.strerror}.")


def _decoded(text: bytes, path: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or nested beyond reading
        content = None
    if not isinstance(content, dict):
        raise damaged(path)
    return content


def damaged(path: str) -> Failure:
    return Failure(f"{path} is damaged. Remove it and sign in again: runai-identity login")


def _wait_for(descriptor: int, path: str, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise Failure(f"Another runai-identity holds {path} for more than {patience:.0f} seconds.") from None
            time.sleep(0.02)
        except OSError as error:
            raise _cant("lock", path, error) from None
        else:
            return
