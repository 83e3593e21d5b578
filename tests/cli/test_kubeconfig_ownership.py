"""`kubeconfig set` changes what is its own and nothing else, in every file that kubectl reads together."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.authorities import AUTHORITY
from tests.cli.hostile import UUID, Liar
from tests.cli.running import Shell

pytestmark = pytest.mark.slow

NAME = "bob@example.com@prod"
OTHER = UUID.replace("1", "2")
CLUSTERS = "/api/v1/me/clusters clusters"


def cluster(name: str = "prod", uuid: str = UUID, **more: object) -> dict[str, object]:
    said = {
        "uuid": uuid,
        "name": name,
        "audience": f"runai-{name}",
        "mode": "both",
        "apiUrl": "https://prod.example.com",
    }
    return {**said, **more}


def written(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def entry(path: Path, section: str, name: str) -> Any:
    return next((one[section[:-1]] for one in written(path)[section] if one["name"] == name), None)


@pytest.fixture
def file(guest: Shell) -> Path:
    """With everything of ours in it."""
    path = guest.home / ".kube/config"
    guest.ok("kubeconfig", "set")
    return path


def change(path: Path, section: str, name: str, body: object) -> None:
    config = written(path)
    config[section] = [one for one in config[section] if one["name"] != name]
    config[section].append({"name": name, section[:-1]: body})
    path.write_text(yaml.safe_dump(config))


PLUGIN = {
    "command": "/opt/runai-identity",
    "args": ["get-token", "--cluster", UUID],
    "env": [{"name": "RUNAI_IDENTITY_SERVER", "value": "ORIGIN"}],
}
THEIRS: dict[str, tuple[str, str, Any]] = {
    "a user with a token": ("users", NAME, {"token": "s3cret"}),
    "a user with a certificate beside": ("users", NAME, {"exec": PLUGIN, "client-key-data": "s3cret"}),
    "a user who is impersonated": ("users", NAME, {"exec": PLUGIN, "as": "admin"}),
    "a user of another program": ("users", NAME, {"exec": {**PLUGIN, "command": "aws"}}),
    "a user with other arguments": ("users", NAME, {"exec": {**PLUGIN, "args": [*PLUGIN["args"], "-x"]}}),
    "a user of another cluster": ("users", NAME, {"exec": {**PLUGIN, "args": ["get-token", "--cluster", OTHER]}}),
    "a user of another server": ("users", NAME, {"exec": {**PLUGIN, "env": []}}),
    "a user of no sense": ("users", NAME, ["x"]),
    "a context of somebody": ("contexts", NAME, {"cluster": "prod", "user": "admin"}),
    "a context of nobody": ("contexts", NAME, None),
    "a cluster that somebody uses too": ("contexts", "admin@prod", {"cluster": "prod", "user": "admin"}),
}


@pytest.mark.parametrize("what", THEIRS)
def test_what_is_somebody_elses_stays_unless_one_says_so(guest: Shell, liar: Liar, file: Path, what: str) -> None:
    section, name, body = THEIRS[what]
    text = yaml.safe_dump(body).replace("ORIGIN", liar.origin)
    change(file, section, name, yaml.safe_load(text))
    before = file.read_bytes()
    liar.plan(put={f"{CLUSTERS}.0.apiUrl": "https://other.example.com"})

    done = guest.run("kubeconfig", "set")

    assert done.returncode == 1, done.stdout
    assert f"Left out prod: there is a {section[:-1] if 'uses' not in what else 'cluster'} " in done.stderr
    assert "--suffix TEXT or another file with --file, or replace it with --force." in done.stderr
    assert file.read_bytes() == before
    guest.ok("kubeconfig", "set", "--force")
    assert entry(file, "clusters", "prod")["server"] == "https://other.example.com"


def test_what_runs_the_same_is_ours_wherever_the_program_lies(guest: Shell, liar: Liar, file: Path) -> None:
    change(file, "users", NAME, yaml.safe_load(yaml.safe_dump({"exec": PLUGIN}).replace("ORIGIN", liar.origin)))

    guest.ok("kubeconfig", "set")

    assert entry(file, "users", NAME)["exec"]["command"] == "runai-identity"


def test_what_is_ours_follows_the_server_and_it_says_so(guest: Shell, liar: Liar, file: Path) -> None:
    liar.plan(put={f"{CLUSTERS}.0.apiUrl": "https://new.example.com"})
    moved = guest.run("kubeconfig", "set")
    liar.plan(put={f"{CLUSTERS}.0.apiUrl": "https://new.example.com", f"{CLUSTERS}.0.certificateAuthority": AUTHORITY})
    changed = guest.run("kubeconfig", "set")

    assert (moved.returncode, changed.returncode) == (0, 0)
    assert "prod was at https://127.0.0.1:1, and is at https://new.example.com now." in moved.stderr
    assert "prod has another certificate authority now." in changed.stderr
    assert set(entry(file, "clusters", "prod")) == {"server", "certificate-authority-data"}


def test_what_one_has_set_oneself_stays(guest: Shell, liar: Liar, file: Path) -> None:
    change(file, "contexts", NAME, {"cluster": "prod", "user": NAME, "namespace": "runai-faces"})
    change(file, "clusters", "prod", {"server": "https://127.0.0.1:1", "proxy-url": "http://proxy:3128"})
    liar.plan(put={f"{CLUSTERS}.0.apiUrl": "https://new.example.com"})

    said = guest.run("kubeconfig", "set").stderr

    assert entry(file, "contexts", NAME)["namespace"] == "runai-faces"
    assert entry(file, "clusters", "prod") == {"server": "https://new.example.com", "proxy-url": "http://proxy:3128"}
    assert "prod keeps what your file says of it: proxy-url." in said


def test_one_bad_cluster_is_left_out_and_the_rest_is_set(guest: Shell, liar: Liar) -> None:
    bad = [
        cluster("evil", OTHER, apiUrl="https://u:p@evil"),
        cluster("a\x1b[2J", UUID.replace("1", "3")),
        5,
        cluster("ca", UUID.replace("1", "4"), certificateAuthority="/etc/passwd"),
    ]
    liar.plan(put={CLUSTERS: [*bad, cluster()]})

    done = guest.run("kubeconfig", "set")

    assert done.returncode == 1
    assert [one["name"] for one in written(guest.home / ".kube/config")["contexts"]] == [NAME]
    for said in (
        "Left out evil: its address",
        "Left out ca: its certificate",
        "the cluster a\\x1b[2J",
        "without a name",
    ):
        assert said in done.stderr


def test_the_first_of_several_is_not_the_current_one(guest: Shell, liar: Liar) -> None:
    liar.plan(put={CLUSTERS: [cluster("aaa", OTHER), cluster()]})

    done = guest.ok("kubeconfig", "set")

    assert "None is current yet. Choose with: runai-identity kubeconfig set --use NAME" in done
    assert not written(guest.home / ".kube/config").get("current-context")
    guest.ok("kubeconfig", "set", "--use", "prod")
    assert written(guest.home / ".kube/config")["current-context"] == NAME
    guest.ok("kubeconfig", "set")
    assert written(guest.home / ".kube/config")["current-context"] == NAME


@pytest.mark.parametrize("theirs_first", [True, False])
def test_a_name_in_another_file_is_taken_too(guest: Shell, liar: Liar, theirs_first: bool) -> None:
    theirs, ours = guest.home / "theirs", guest.home / "ours"
    theirs.write_text(yaml.safe_dump({"users": [{"name": NAME, "user": {"token": "s3cret"}}], "current-context": "x"}))
    together = f"{theirs}:{ours}" if theirs_first else f"{ours}:{theirs}"

    done = guest.run("kubeconfig", "set", "--file", str(ours), KUBECONFIG=together)

    assert done.returncode == 1
    assert f"there is a user {NAME} already" in done.stderr
    assert not ours.exists()
    guest.ok("kubeconfig", "set", "--suffix=-lab", "--file", str(ours), KUBECONFIG=together)
    assert [one["name"] for one in written(ours)["users"]] == [f"{NAME}-lab"]
    assert "current-context" not in written(ours)


def test_a_file_that_can_not_be_read_is_no_empty_one(guest: Shell) -> None:
    (guest.home / "broken").write_text("{")

    done = guest.run("kubeconfig", "set", KUBECONFIG=f"{guest.home}/mine:{guest.home}/broken")

    assert done.returncode == 1
    assert "broken is no kubeconfig. Nothing was written." in done.stderr


def test_everything_else_is_written_as_it_was_read(guest: Shell) -> None:
    file = guest.home / ".kube/config"
    file.parent.mkdir()
    file.write_text("users:\n- {name: a, user: {auth-provider: {config: {expiry: 2026-01-01T00:00:00Z}}}}\n")

    guest.ok("kubeconfig", "set")

    assert 'expiry: "2026-01-01T00:00:00Z"' in file.read_text()


@pytest.mark.parametrize("suffix", ["Lab", " x", "-", "@x", "x\n"])
def test_a_suffix_is_a_part_of_a_name(guest: Shell, suffix: str) -> None:
    assert guest.run("kubeconfig", "set", f"--suffix={suffix}").returncode == 2
