"""What the command line does when a token that it kept was withdrawn before its end."""

import json
import subprocess
import sys

import pytest

from accounts.models import User
from accounts.services.sessions import revoke_all
from accounts.services.users import disable_user, enable_user
from clustersync.models import Cluster
from common.actors import SYSTEM
from tests.cli.conftest import begin, go
from tests.cli.running import Shell, command
from tests.cli.test_plugin_for_kubectl import asking, got
from tests.tokens.asking import PROTOCOL, signed_in
from tokens.models.keys import Algorithm
from tokens.services.keys import rotate_at_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# Runs the plugin several times in one process, as kubectl does after each 401; the second time when it is told to.
KUBECTL = """
import json, subprocess, sys
for number in range(int(sys.argv[1])):
    if number == 1:
        sys.stdin.readline()
    done = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    print(json.loads(done.stdout)["status"]["token"] if done.stdout else done.returncode, flush=True)
"""


class Kubectl:
    def __init__(self, shell: Shell, cluster: Cluster, times: int) -> None:
        words = [sys.executable, "-c", KUBECTL, str(times), *command("get-token", "--cluster", str(cluster.pk))]
        environment = shell.everything({"KUBERNETES_EXEC_INFO": asking()})
        self.process = subprocess.Popen(
            words,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def first(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def end(self) -> tuple[list[str], str]:
        """The tokens that it got, but for what `first` read, and what the person read."""
        printed, said = self.process.communicate("\n", timeout=60)
        return printed.split(), said


def withdraw() -> None:
    rotate_at_once(actor=SYSTEM, algorithm=Algorithm.RS256)


def refreshes(caplog: pytest.LogCaptureFixture) -> int:
    asked = [record.getMessage() for record in caplog.records if record.name == "request"]
    return asked.count(f"POST {PROTOCOL}/token")


def test_one_whose_token_was_withdrawn_gets_another_once(bobs: Shell, prod: Cluster) -> None:
    kubectl = Kubectl(bobs, prod, 3)
    first = kubectl.first()
    withdraw()

    (second, third), said = kubectl.end()

    assert first != second == third
    assert "The token that was kept for prod was withdrawn, and there is another now." in said
    assert "The token that is kept for prod is good still." in said
    assert got(bobs, prod)["status"]["token"] == second


def test_one_that_only_asks_again_keeps_its_token(bobs: Shell, prod: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    """Python's client runs the plugin each time that it reads a kubeconfig."""
    tokens, said = Kubectl(bobs, prod, 4).end()

    assert len(set(tokens)) == 1
    assert refreshes(caplog) == 1
    assert said.count("is good still") == 1
    assert "withdrawn" not in said


def test_each_of_many_is_asked_once_and_gets_what_is_kept(bobs: Shell, prod: Cluster) -> None:
    (first,), said = Kubectl(bobs, prod, 1).end()

    assert [Kubectl(bobs, prod, 1).end() for _ in range(3)] == [([first], "")] * 3
    assert said == ""


def test_many_that_were_refused_make_one_refresh(bobs: Shell, prod: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    """One of the token for the cluster, and one of that for the API, which was withdrawn with it."""
    first = got(bobs, prod)["status"]["token"]
    caplog.clear()

    running = [Kubectl(bobs, prod, 2) for _ in range(6)]
    assert {one.first() for one in running} == {first}
    withdraw()
    ended = [one.end()[0] for one in running]

    assert refreshes(caplog) == 2
    assert len({tokens[0] for tokens in ended}) == 1
    assert all(tokens[0] != first for tokens in ended)


def test_a_script_that_asks_often_gets_what_is_kept(bobs: Shell, prod: Cluster) -> None:
    assert got(bobs, prod) == got(bobs, prod) == got(bobs, prod)


def test_it_keeps_nothing_of_tokens_that_are_over(bobs: Shell, prod: Cluster) -> None:
    refused = Kubectl(bobs, prod, 2)
    refused.first()
    withdraw()
    refused.end()
    Kubectl(bobs, prod, 1).end()

    (kept,) = bobs.folder.glob("given-*")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert len(kept.read_text().splitlines()) == 2


def test_it_goes_on_with_the_kept_token_while_the_server_is_away(bobs: Shell, prod: Cluster) -> None:
    first = got(bobs, prod)["status"]["token"]
    path = bobs.folder / "session.json"
    state = json.loads(path.read_text())
    path.write_text(json.dumps(state).replace(state["server"], "http://127.0.0.1:9"))

    tokens, said = Kubectl(bobs, prod, 2).end()

    assert tokens == [first, first]
    assert "Nothing answers at http://127.0.0.1:9" in said


@pytest.mark.parametrize("words", [("whoami",), ("clusters",), ("can-i", "create", "workspaces")])
def test_no_command_notices_an_emergency_rotation(bobs: Shell, words: tuple[str, ...]) -> None:
    before = bobs.ok(*words)

    rotate_at_once(actor=SYSTEM, algorithm=Algorithm.RS256)

    assert bobs.ok(*words) == before


def test_it_says_that_the_account_was_disabled(bobs: Shell, bob: User, prod: Cluster) -> None:
    got(bobs, prod)
    disable_user(actor=SYSTEM, user=bob)
    for _ in range(2):
        (_, second), said = Kubectl(bobs, prod, 2).end()
        assert second == "3"
        assert "is over: This account was disabled, which signed you out." in said
        if not bob.enabled:
            enable_user(actor=SYSTEM, user=bob)
    assert "This account was disabled" in bobs.run("whoami").stderr


def test_who_is_asked_to_sign_in_again_is_told_why(bobs: Shell, bob: User, prod: Cluster) -> None:
    revoke_all(actor=SYSTEM, user=bob, because="ended by its owner")
    here = {"KUBERNETES_EXEC_INFO": asking(interactive=True), "DISPLAY": ":0"}

    waiting, address = begin(bobs, "get-token", "--cluster", str(prod.pk), **here)
    go(signed_in(bob), address)

    assert waiting.end() == 0
    assert "is over: You ended this session from another browser." in waiting.said


@pytest.mark.parametrize(
    ("because", "sentence"),
    [
        ("ended by its owner", "You ended this session from another browser."),
        ("password changed", "The password was changed"),
        ("signed out by an administrator", "An administrator ended your session."),
        ("a refresh token was used twice", "A token was used twice."),
    ],
)
def test_it_says_why_the_sign_in_is_over(bobs: Shell, bob: User, because: str, sentence: str) -> None:
    revoke_all(actor=SYSTEM, user=bob, because=because)

    done = bobs.run("whoami")

    assert done.returncode == 3
    assert f"is over: {sentence}" in done.stderr
    assert "To sign in again: runai-identity login" in done.stderr
