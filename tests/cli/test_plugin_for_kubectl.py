"""`runai-identity get-token`: what kubectl runs, many times at once, and at every command."""

import json
import os
import resource
import stat
import statistics
import time
from typing import Any

import pytest

from accounts.models import Group, Membership, User
from accounts.services.users import disable_user
from clustersync.models import Cluster
from common.actors import SYSTEM
from tests.cli.conftest import begin, go
from tests.cli.running import Shell
from tests.tokens.asking import PROTOCOL, signed_in
from tokens import jwt

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

V1, V1BETA1 = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
CACHED = 0.150  # seconds


def asking(version: str = V1, *, interactive: bool = False) -> str:
    """What kubectl puts into the plugin's environment."""
    return json.dumps({"kind": "ExecCredential", "apiVersion": version, "spec": {"interactive": interactive}})


def as_kubernetes_writes(seconds: Any) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def got(shell: Shell, cluster: Cluster, **environment: str) -> dict[str, Any]:
    return dict(json.loads(shell.ok("get-token", "--cluster", str(cluster.pk), **environment)))


@pytest.mark.parametrize("version", [V1, V1BETA1])
def test_it_answers_as_kubectl_asks(bobs: Shell, prod: Cluster, version: str) -> None:
    answer = got(bobs, prod, KUBERNETES_EXEC_INFO=asking(version))

    claims = jwt.read_for_anybody(answer["status"]["token"])
    assert (answer["apiVersion"], answer["kind"]) == (version, "ExecCredential")
    assert (claims["aud"], claims["preferred_username"]) == (prod.audience, "bob@example.com")
    assert answer["status"]["expirationTimestamp"] < as_kubernetes_writes(claims["exp"])


def test_it_gives_the_same_token_until_that_ends(bobs: Shell, prod: Cluster) -> None:
    first = got(bobs, prod)
    state = json.loads((bobs.folder / "session.json").read_text())
    state["tokens"][prod.audience]["good_until"] = time.time() - 1

    assert got(bobs, prod) == first
    (bobs.folder / "session.json").write_text(json.dumps(state))
    assert got(bobs, prod) != first


def test_twenty_at_once_make_one_refresh(bobs: Shell, prod: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()

    waiting = [bobs.start("get-token", "--cluster", str(prod.pk)) for _ in range(20)]

    assert [one.end() for one in waiting] == [0] * 20
    assert len({one.said for one in waiting}) == 1
    asked = [record.getMessage() for record in caplog.records if record.name == "request"]
    assert [one for one in asked if not one.startswith("GET ")] == [f"POST {PROTOCOL}/token"]


@pytest.mark.slow
def test_a_cached_token_takes_no_time(bobs: Shell, prod: Cluster) -> None:
    got(bobs, prod)

    seconds = []
    for _ in range(7):
        began = spent_by_children()
        got(bobs, prod)
        seconds.append(spent_by_children() - began)

    assert statistics.median(seconds) <= CACHED, seconds


def spent_by_children() -> float:
    """Return the seconds of processor time: a busy machine makes them no more, but each process wait."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_what_it_keeps_is_its_owners_alone(bobs: Shell, prod: Cluster) -> None:
    got(bobs, prod)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in bobs.folder.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert stat.S_IMODE(bobs.folder.stat().st_mode) == 0o700


def test_it_uses_nothing_that_others_could_read(bobs: Shell, prod: Cluster) -> None:
    os.chmod(bobs.folder / "session.json", 0o644)

    done = bobs.run("get-token", "--cluster", str(prod.pk))

    assert done.returncode == 1
    assert "open to other users" in done.stderr


def test_it_asks_nobody_where_nobody_is(shell: Shell, server: str, prod: Cluster) -> None:
    done = shell.run("get-token", "--cluster", str(prod.pk), KUBERNETES_EXEC_INFO=asking())

    assert (done.returncode, done.stdout) == (3, "")
    assert "runai-identity login" in done.stderr


def test_it_signs_somebody_in_who_sits_there(
    shell: Shell, server: str, bob: User, researchers: Group, prod: Cluster
) -> None:
    words = ("get-token", "--cluster", str(prod.pk))
    here = {"KUBERNETES_EXEC_INFO": asking(interactive=True), "RUNAI_IDENTITY_SERVER": server, "DISPLAY": ":0"}

    waiting, address = begin(shell, *words, **here)
    go(signed_in(bob), address)

    assert waiting.end() == 0, waiting.said
    assert got(shell, prod)["status"]["token"]


def test_it_ends_with_who_was_disabled(bobs: Shell, bob: User, prod: Cluster) -> None:
    disable_user(actor=SYSTEM, user=bob)

    done = bobs.run("get-token", "--cluster", str(prod.pk))

    assert done.returncode == 3
    assert "This account was disabled" in done.stderr


def test_it_says_where_there_is_nothing_to_do(bobs: Shell, prod: Cluster, researchers: Group) -> None:
    Membership.objects.all().delete()

    done = bobs.run("get-token", "--cluster", str(prod.pk))

    assert done.returncode == 5
    assert "You may do nothing in this cluster any more" in done.stderr
    assert bobs.ok("whoami")


def test_it_sends_no_token_to_the_server_of_another_kubeconfig(bobs: Shell, prod: Cluster) -> None:
    done = bobs.run("get-token", "--cluster", str(prod.pk), RUNAI_IDENTITY_SERVER="https://other.example.com")

    assert (done.returncode, done.stdout) == (1, "")
    assert "RUNAI_IDENTITY_PROFILE" in done.stderr


def test_it_says_that_the_server_is_away(bobs: Shell, prod: Cluster) -> None:
    path = bobs.folder / "session.json"
    state = json.loads(path.read_text())
    path.write_text(json.dumps(state).replace(state["server"], "http://127.0.0.1:9"))

    done = bobs.run("get-token", "--cluster", str(prod.pk))

    assert (done.returncode, done.stdout) == (4, "")
    assert "Nothing answers at http://127.0.0.1:9 (connection refused). Is it up?" in done.stderr


@pytest.mark.parametrize("said", ["[]", "{", json.dumps({"apiVersion": "client.authentication.k8s.io/v1alpha1"})])
def test_it_refuses_a_kubectl_that_it_does_not_know(bobs: Shell, prod: Cluster, said: str) -> None:
    done = bobs.run("get-token", "--cluster", str(prod.pk), KUBERNETES_EXEC_INFO=said)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
