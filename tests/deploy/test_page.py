"""docs/deploy.md against the files of deploy/: what it names is there, and what it makes is what they ask for."""

import re
import shutil
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
import yaml
from cryptography.fernet import Fernet

from tests.deploy.charts import PLAIN, SERVER, documents, schema_of, values_of
from tests.start.test_make_run import ROOT

PAGE = (ROOT / "docs/deploy.md").read_text()
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())


def block(word: str) -> str:
    """The commands of the block with this word, without prompts, a line each."""
    (found,) = [one for one in re.findall(r"```(?:sh|console)\n(.*?)```", PAGE, re.DOTALL) if word in one]
    return re.sub(r"^ *[$#] ", "", found.replace("\\\n", " "), flags=re.MULTILINE)


def test_every_file_it_names_is_there() -> None:
    named = set(re.findall(r"(?<!tests/)deploy/[\w./-]*\w", PAGE))

    assert "deploy/charts/identity-agent" in named
    assert [one for one in named if one != "deploy/secrets" and not (ROOT / one).exists()] == []


def test_the_secrets_it_makes_are_those_that_the_server_takes(tmp_path: Path) -> None:
    subprocess.run(["bash", "-ec", block("secrets/secret_key\n")], cwd=tmp_path, check=True)

    assert len((tmp_path / "secrets/secret_key").read_text().strip()) >= 50
    Fernet((tmp_path / "secrets/identity_encryption_keys").read_text().strip())
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_compose_finds_the_files_that_it_makes(tmp_path: Path) -> None:
    """Typed after the block that makes the secrets, in a checkout where /etc/ssl has a certificate."""
    deploy, ssl = tmp_path / "deploy", tmp_path / "ssl"
    (ssl / "private").mkdir(parents=True)
    (ssl / "identity.crt").touch()
    (ssl / "private/identity.key").touch()
    deploy.mkdir()
    shutil.copy(ROOT / "deploy/compose.env.example", deploy)
    typed = block("secrets/secret_key\n") + block("podman compose").replace("/etc/ssl", str(ssl))
    stand_ins = "editor() { :; }; podman() { :; }\n"

    subprocess.run(["bash", "-ec", stand_ins + typed], cwd=tmp_path, check=True)

    mounted = [volume.split(":")[0] for volume in COMPOSE["services"]["proxy"]["volumes"]]
    wanted = [secret["file"] for secret in COMPOSE["secrets"].values()] + [COMPOSE["services"]["identity"]["env_file"]]
    wanted += [f"{folder}/{name}" for folder in mounted if "tls" in folder for name in ("tls.crt", "tls.key")]
    assert len(wanted) == 7
    assert [file for file in wanted if not (deploy / file).is_file()] == []
    assert (deploy / "secrets").stat().st_mode & 0o777 == 0o700


def test_nginx_finds_the_server_after_it_was_restarted() -> None:
    """A container without an address of its own gets another one when it is restarted; nginx looks up its name once."""
    (pool,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    identity = COMPOSE["services"]["identity"]

    assert ip_address(identity["networks"]["inside"]["ipv4_address"]) in ip_network(pool["subnet"])
    assert identity["environment"]["TRUSTED_PROXIES"] == pool["subnet"]


def test_compose_takes_secrets_for_files_and_not_for_volumes() -> None:
    assert {secret["file"][:2] for secret in COMPOSE["secrets"].values()} == {"./"}


def test_the_chart_reads_the_secrets_that_it_makes() -> None:
    made = {}
    for name, keys in re.findall(r"create secret generic (\S+)(.*)", block("helm install identity ")):
        made[name] = set(re.findall(r"--from-\w+=([\w-]+)=", keys))
    (pod,) = [one["spec"]["template"]["spec"] for one in documents(PLAIN.read_text()) if one["kind"] == "Deployment"]
    mounted = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    files = [one.get("value", "") for one in pod["containers"][0]["env"] if one["name"].endswith("_FILE")]
    read = {
        volume["secret"]["secretName"]: {
            Path(file).name for file in files if str(Path(file).parent) == mounted[volume["name"]]
        }
        for volume in pod["volumes"]
        if "secret" in volume
    }

    assert read == made


@pytest.mark.parametrize(("word", "chart"), [("helm install identity ", SERVER)])
def test_the_values_that_it_sets_exist(word: str, chart: Path) -> None:
    named = set(re.findall(r"--set '?(\w+)", block(word)))

    assert named and named <= values_of(chart).keys() == schema_of(chart)["properties"].keys() - {"global"}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    unit = (ROOT / "deploy/systemd/runai-identity.service").read_text()
    (tmp_path / "runai-identity.service").write_text(
        re.sub(r"/opt/runai-identity/\.venv/bin/python", "/bin/true", unit)
    )

    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "runai-identity.service")],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (checked.returncode, checked.stderr) == (0, "")
