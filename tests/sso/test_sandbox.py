"""The process that reads SAML: it can open nothing, costs no more than it may, and ends with the server's."""

import base64
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from common.errors import Unavailable
from sso.saml import sandbox
from sso.saml.sandbox import MESSAGE, ROOT, Bounds, Sandbox, TooCostly
from tests.sso import alone
from tests.sso.growing import INSIDE, made_up

LARGE = made_up(INSIDE["elements"](200_000, ""))


@pytest.fixture
def reader() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def values(message: bytes = b"") -> dict[str, Any]:
    field = base64.b64encode(message or alone.genuine()).decode()
    return {"field": field, "expected": alone.expected().as_json()}


def believes(reader: Sandbox) -> bool:
    answer = reader.ask("response", MESSAGE, values())
    return bool(answer["result"] and answer["result"]["subject"] == "jane")


def pid_of(reader: Sandbox) -> int:
    assert reader._process is not None
    return reader._process.pid


def is_running(pid: int) -> bool:
    """Zombies are not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    ends_at = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < ends_at:
        time.sleep(0.02)
    return not is_running(pid)


def test_it_reads(reader: Sandbox) -> None:
    assert believes(reader)


def test_it_may_open_write_and_start_nothing(reader: Sandbox) -> None:
    believes(reader)

    limits = Path(f"/proc/{pid_of(reader)}/limits").read_text().splitlines()
    held = {line[:26].strip(): line[26:].split()[:2] for line in limits}
    names = ("Max open files", "Max file size", "Max processes", "Max core file size")
    assert [held[name] for name in names] == [["0", "0"]] * 4


def test_it_has_nothing_open_but_the_channel(reader: Sandbox) -> None:
    believes(reader)

    folder = Path(f"/proc/{pid_of(reader)}/fd")
    places = {os.readlink(descriptor) for descriptor in folder.iterdir()}
    assert len({place for place in places if place.startswith("socket:")}) == 1
    assert {place.partition(":")[0] for place in places} == {"socket", "/dev/null", f"/proc/{pid_of(reader)}/statm"}


def test_it_gets_nothing_of_the_environment(reader: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "very secret")
    monkeypatch.setenv("XML_CATALOG_FILES", "http://127.0.0.1:9/catalog")
    believes(reader)

    environment = Path(f"/proc/{pid_of(reader)}/environ").read_text()
    assert {entry.partition("=")[0] for entry in environment.split("\0") if entry} <= set(sandbox.PASSED_ON)


def test_it_is_kept_from_message_to_message(reader: Sandbox) -> None:
    believes(reader)
    before = pid_of(reader)

    assert believes(reader)
    assert pid_of(reader) == before


@pytest.mark.parametrize("bounds", [Bounds(0.01, 50), Bounds(1, 1)], ids=["time", "memory"])
def test_what_costs_too_much_is_cut_off_and_the_next_is_read(reader: Sandbox, bounds: Bounds) -> None:
    believes(reader)
    before = pid_of(reader)

    with pytest.raises(TooCostly, match=f"{bounds.megabytes} MB"):
        reader.ask("response", bounds, values(LARGE))

    assert gone(before)
    assert believes(reader)


def test_one_that_waits_for_ever_is_ended(reader: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 0.5)
    believes(reader)
    os.kill(pid_of(reader), signal.SIGSTOP)
    before = pid_of(reader)

    with pytest.raises(TooCostly):
        reader.ask("response", MESSAGE, values())

    assert gone(before)


def test_one_that_was_ended_meanwhile_is_started_again(reader: Sandbox) -> None:
    believes(reader)
    os.kill(pid_of(reader), signal.SIGKILL)
    assert reader._process is not None and reader._process.wait(5)

    assert believes(reader)


def test_threads_take_turns_at_one_process(reader: Sandbox) -> None:
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(lambda _: believes(reader), range(64)))


def test_who_waits_too_long_for_a_turn_is_told(reader: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 0.05)

    with reader._alone(), pytest.raises(Unavailable, match="Try again"):
        reader.ask("response", MESSAGE, values())


def test_after_a_fork_each_has_its_own(reader: Sandbox) -> None:
    believes(sandbox._sandbox)
    mine = pid_of(sandbox._sandbox)

    def read_there() -> None:
        assert believes(sandbox._sandbox)
        assert pid_of(sandbox._sandbox) != mine

    child = multiprocessing.get_context("fork").Process(target=read_there)
    child.start()
    child.join()

    assert child.exitcode == 0
    assert believes(sandbox._sandbox)
    assert pid_of(sandbox._sandbox) == mine


def test_what_is_no_task_is_an_error_of_ours_that_keeps_it_running(reader: Sandbox) -> None:
    with pytest.raises(Unavailable):
        reader.ask("no task", MESSAGE, {})

    assert believes(reader)


SERVER = """
import base64, json, signal, sys
from sso.saml import sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it, and its children too
values = json.load(sys.stdin)
assert sandbox.ask("response", **values)["result"]["subject"] == "jane"
assert not {"lxml", "xmlsec", "lxml.etree"} & sys.modules.keys(), "an XML library is loaded here too"
print(sandbox._sandbox._process.pid, flush=True)
if sys.argv[1:]:
    import time
    time.sleep(600)
"""


def server(*arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    """A server's process that has read a message; the process that read it."""
    started = subprocess.Popen(
        [sys.executable, "-c", SERVER, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert started.stdin and started.stdout
    started.stdin.write(json.dumps(values()).encode())
    started.stdin.close()
    return started, int(started.stdout.readline())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_it_ends_with_the_server_however_that_ends(how: signal.Signals) -> None:
    started, reading = server("goes on")
    assert is_running(reading)

    started.send_signal(how)

    with started:
        started.wait(10)
    assert gone(reading)


def test_a_server_that_ends_by_itself_leaves_none_behind() -> None:
    started, reading = server()
    with started:
        assert started.wait(20) == 0

    assert gone(reading)
