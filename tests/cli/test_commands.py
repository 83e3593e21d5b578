"""What a person types beside `login`, and a script."""

import ast
import json

import pytest
import requests

from accounts.models import User
from clustersync.models import Cluster
from tests.cli.conftest import sign_in
from tests.cli.running import SOURCE, Shell
from tests.tokens.asking import call_api, signed_in
from tokens.models import Grant

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

COMMANDS = [
    "login",
    "logout",
    "whoami",
    "clusters",
    "kubeconfig set",
    "get-token",
    "token",
    "token verify",
    "can-i",
    "doctor",
    "version",
]


def test_it_says_who_is_signed_in(bobs: Shell, server: str, bob: User) -> None:
    assert bobs.ok("whoami") == (
        f"bob@example.com at {server}\n  id:       {bob.pk}\n  groups:   researchers\n  clusters: prod\n"
    )


def test_it_lists_clusters(bobs: Shell, prod: Cluster) -> None:
    assert bobs.ok("clusters").split("\n")[1] == f"prod  not said yet  webhook   {prod.pk}"


def test_it_says_that_there_are_none(shell: Shell, server: str, charlie: User) -> None:
    assert "There is no cluster yet" in sign_in(shell, server, signed_in(charlie))
    assert "Ask an administrator for an access rule." in shell.ok("clusters")


def test_it_prints_a_token_that_the_api_accepts(bobs: Shell) -> None:
    assert call_api(bobs.ok("token").strip()).status_code == 200


def test_a_token_for_a_cluster_is_for_no_other(bobs: Shell, prod: Cluster) -> None:
    assert call_api(bobs.ok("token", "--cluster", "prod").strip()).status_code == 401


def test_it_names_the_clusters_there_are(bobs: Shell) -> None:
    done = bobs.run("token", "--cluster", "staging")

    assert done.returncode == 5
    assert "No cluster of yours is called staging. Yours: prod." in done.stderr


@pytest.mark.parametrize(
    ("asked", "code", "answer"),
    [
        (["create", "workspaces"], 0, "yes: project faces\n"),
        (["create", "users"], 1, "no: no access rule lets you create users anywhere\n"),
        (["create", "workspaces", "--scope", "b0000000-0000-4000-8000-000000000001"], 0, "yes\n  "),
        (["delete", "cluster", "--cluster", "prod"], 1, "no\n"),
        (["create", "workspace"], 2, "There is no resource type workspace. Did you mean workspaces"),
        (["create", "workspace", "--scope", "1"], 2, "Did you mean workspaces"),
        (["create", "xyzzy"], 2, "It takes: "),
    ],
)
def test_it_says_what_one_may(bobs: Shell, asked: list[str], code: int, answer: str) -> None:
    done = bobs.run("can-i", *asked)

    assert done.returncode == code, done.stderr
    assert answer in done.stdout + done.stderr


def test_a_name_will_do_where_one_may_read_it(shell: Shell, server: str, alice: User, prod: Cluster) -> None:
    sign_in(shell, server, signed_in(alice))

    assert shell.ok("can-i", "create", "workspaces", "--project", "faces").startswith("yes\n")
    assert shell.run("can-i", "create", "workspaces", "--project", "dialects").returncode == 5
    assert shell.ok("can-i", "update", "workspaces") == "yes: project faces\n"


def test_logging_out_forgets(bobs: Shell, server: str) -> None:
    assert bobs.ok("logout") == f"Signed out at {server}.\n"

    assert f"You are not signed in at {server}. Run: runai-identity login" in bobs.run("whoami").stderr
    assert bobs.ok("logout") == "Nobody was signed in.\n"


def test_logging_out_with_revoke_ends_every_token(bobs: Shell, prod: Cluster) -> None:
    token = bobs.ok("token").strip()

    bobs.ok("logout", "--revoke")

    assert not Grant.objects.filter(revoked_at=None).exists()
    assert call_api(token).status_code == 401


def test_it_does_not_forget_what_it_could_not_revoke(bobs: Shell, server: str) -> None:
    path = bobs.folder / "session.json"
    state = json.loads(path.read_text())
    state["endpoints"]["revocation_endpoint"] = f"{server}/nowhere"
    path.write_text(json.dumps(state))

    done = bobs.run("logout", "--revoke")

    assert done.returncode == 4
    assert "Not signed out, because the server could not be told." in done.stderr
    assert bobs.ok("whoami")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(shell: Shell, command: str) -> None:
    assert shell.ok(*command.split(), "--help").startswith(f"usage: runai-identity {command} ")
    assert f"  {command} " in shell.ok("--help")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["logn"], "Did you mean login?"), (["kubeconfig"], "kubeconfig set"), (["can-i", "fly", "x"], "invalid choice")],
)
def test_it_says_how_a_command_is_spelt(shell: Shell, words: list[str], said: str) -> None:
    done = shell.run(*words)

    assert done.returncode == 2
    assert said in done.stderr


def test_it_is_written_in_the_python_of_old_login_nodes() -> None:
    for file in SOURCE.rglob("*.py"):
        ast.parse(file.read_text(), feature_version=(3, 9))


def test_its_api_is_reached_by_a_token_in_a_script(bobs: Shell, server: str) -> None:
    headers = {"Authorization": f"Bearer {bobs.ok('token').strip()}"}

    assert requests.get(f"{server}/api/v1/me", headers=headers, timeout=10).json()["username"] == "bob@example.com"
