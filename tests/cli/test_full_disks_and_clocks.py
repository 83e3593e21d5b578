"""What a disk or a clock does costs nobody their sign-in."""

import json
import subprocess
import time
from typing import Any

import pytest
from runai_identity_cli.session import LONGEST_KEPT

from tests.cli.hostile import Liar
from tests.cli.running import Shell, command

pytestmark = pytest.mark.slow

LONG = "e" * 4000


def change(shell: Shell, **values: Any) -> None:
    file = shell.folder / "session.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **values}))


def kept(shell: Shell) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((shell.folder / "session.json").read_text())
    return state


def with_room_for(kilobytes: int, shell: Shell, *words: str) -> subprocess.CompletedProcess[str]:
    """A command that can write no more into any file, as on a disk that is all but full."""
    limited = ["bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "bash", *command(*words)]
    environment = shell.everything({"PYTHONDONTWRITEBYTECODE": "1"})
    return subprocess.run(limited, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("kilobytes", [0, 1, 2, 4, 16])
def test_a_full_disk_is_found_before_the_refresh_token_is_turned_over(guest: Shell, liar: Liar, kilobytes: int) -> None:
    change(guest, tokens={})
    liar.plan(put={"/token_endpoint access_token": LONG, "/token_endpoint refresh_token": "next"})
    before = len(liar.asked)

    done = with_room_for(kilobytes, guest, "get-token", "--cluster", "prod")

    assert (done.returncode, "Can't write" in done.stderr) == (1, True)
    assert len(liar.asked) == before
    assert kept(guest)["refresh_token"] == "r"


def test_what_was_kept_holds_nothing_of_the_room_it_was_given(guest: Shell, liar: Liar) -> None:
    change(guest, tokens={})
    guest.ok("get-token", "--cluster", "prod")

    assert (guest.folder / "session.json").read_text() == json.dumps(kept(guest))


def test_a_sign_in_that_can_not_be_kept_ends_at_the_server(shell: Shell, liar: Liar) -> None:
    shell.folder.parent.mkdir(parents=True, mode=0o700)
    before = len(liar.asked)

    done = with_room_for(1, shell, "login", "--device", "--server", liar.origin)

    assert (done.returncode, "Can't write" in done.stderr) == (1, True)
    assert "POST /revocation_endpoint client_id=runai-cli&token=r" in liar.asked[before:]
    liar.plan()


@pytest.mark.parametrize("ahead", [LONGEST_KEPT + 60, 40 * 24 * 3600, 10 * 365 * 24 * 3600])
def test_a_token_got_while_the_clock_was_ahead_is_not_good_for_so_long(guest: Shell, liar: Liar, ahead: int) -> None:
    old = {"token": "old", "good_until": time.time() + ahead, "id": "a", "replaced_at": 0}
    change(guest, tokens={"runai-prod": old})

    assert json.loads(guest.ok("get-token", "--cluster", "prod"))["status"]["token"] == "eyJ.a.b"


@pytest.mark.parametrize("ahead", [60, 3600, 20 * 3600])
def test_a_refused_token_is_replaced_though_it_was_got_in_the_future(guest: Shell, liar: Liar, ahead: int) -> None:
    now = time.time() + ahead
    old = {"token": "old", "good_until": now + 600, "id": "a", "replaced_at": now}
    change(guest, tokens={"runai-prod": old})
    liar.plan(put={f"/api/v1/clusters/{kept(guest)['clusters'][0]['uuid']}/verify-token verdict": "refused"})

    asked = [json.loads(guest.ok("get-token", "--cluster", "prod", KUBERNETES_EXEC_INFO=INFO)) for _ in range(2)]

    assert [one["status"]["token"] for one in asked] == ["old", "eyJ.a.b"]


INFO = json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": {}})
