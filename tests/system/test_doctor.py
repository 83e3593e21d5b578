"""The doctor agrees with a real kube-apiserver: on what it starts with, on whom it lets in, and on the line to mend."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import Group, User
from clustersync.apiserver import authentication_configuration
from clustersync.doctor.diagnosis import Finding
from clustersync.models import Cluster, Mode
from clustersync.services.configuration import facts_of
from clustersync.services.doctor import diagnose
from common.actors import SYSTEM
from tests.clustersync.doctor import FILE, WEBHOOK, diagnosed
from tests.clustersync.doctor_wrong import WRONG, Wrong
from tests.ports import free_port
from tests.system.kubernetes import ASSETS, REAL, APIServer, token_for, version, write_certificate

pytestmark = REAL

AT_ONCE = 8
NO_ETCD = "http://127.0.0.1:1"
NAMED_IN_FLAGS = {
    "/etc/kubernetes/runai-identity-webhook.json": "webhook.json",
    "/etc/kubernetes/authentication.yaml": "authentication.yaml",
    "/etc/kubernetes/pki/ca.crt": "tls.crt",
}
# What a kube-apiserver before 1.30 takes otherwise, or does not know at all.
NEWER = ("service-account-issuer", "flags-and-file", "file-not-pasted")
TOLD = {
    "file": "--authentication-config=/etc/kubernetes/authentication.yaml",
    "webhook": "--authentication-token-webhook-config-file=/etc/kubernetes/runai-identity-webhook.json",
}


def can_be_tried(wrong: Wrong) -> bool:
    """What an API server reads, of a kind that this one knows, and wrong by itself."""
    if wrong.served or wrong.seen or wrong.paste in ("person", "plugin") or wrong.paste.startswith("apiVersion: v1\n"):
        return False  # nor a pod, which a kubelet reads
    if "kind: AuthorizationConfiguration" in wrong.paste:
        return False  # as flags it would stop any; tests/system/test_doctor_verdicts.py gives it as a file
    if version() < (1, 30):
        return wrong.paste != "file" and not wrong.paste.startswith("{") and wrong.rule not in NEWER
    return True


def start(wrong: Wrong, folder: Path) -> "subprocess.Popen[bytes]":
    """Without an etcd: by the time it is missed, what it was told has been read."""
    folder.mkdir()
    crt, key = write_certificate(folder)
    is_file = wrong.paste == "file" or wrong.paste.startswith("{")
    text, beside, flag = wrong.text.partition("---\n--") if is_file else (FILE, "", "")
    (folder / "authentication.yaml").write_text(text)
    (folder / "webhook.json").write_text(wrong.text if wrong.paste == "webhook" else WEBHOOK)
    told = TOLD.get("file" if is_file else wrong.paste, wrong.text).splitlines()
    told += [f"--{flag.strip()}"] if beside else []
    for path, name in NAMED_IN_FLAGS.items():
        told = [line.removeprefix("- ").replace(path, str(folder / name)) for line in told]
    if not any(line.startswith("--service-account-issuer") for line in told):
        told.append("--service-account-issuer=https://kubernetes.default.svc")
    with (folder / "log").open("wb") as log:
        arguments = [f"--etcd-servers={NO_ETCD}", f"--secure-port={free_port()}", f"--cert-dir={folder}"]
        arguments += [f"--tls-cert-file={crt}", f"--tls-private-key-file={key}", "--bind-address=127.0.0.1"]
        arguments += [f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}", *told]
        return subprocess.Popen([ASSETS / "kube-apiserver", *arguments], stdout=log, stderr=log)


def stopped(wrongs: list[Wrong], expected: set[str], folder: Path) -> set[str]:
    """Which of them end by themselves: those expected to get as long as they need, the others two seconds more."""
    processes = {wrong.rule: start(wrong, folder / wrong.rule) for wrong in wrongs}
    deadline = time.monotonic() + 20
    while any(processes[rule].poll() is None for rule in expected) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    ended = {rule for rule, process in processes.items() if process.poll() is not None}
    for process in processes.values():
        process.kill()
        process.wait()
    return ended


def says_it_does_not_start(wrong: Wrong) -> bool:
    (finding, *_) = (one for one in diagnosed(wrong.text).findings if one.rule == wrong.rule)
    return "not start" in finding.why


def test_it_does_not_start_with_just_what_the_doctor_says_so_of(tmp_path: Path) -> None:
    tried = [wrong for wrong in WRONG if can_be_tried(wrong) and wrong.rule != "recognised"]
    said = {wrong.rule for wrong in tried if says_it_does_not_start(wrong)}
    assert len(said) >= (12 if version() >= (1, 30) else 7)

    ended: set[str] = set()
    for first in range(0, len(tried), AT_ONCE):
        batch = tried[first : first + AT_ONCE]
        ended |= stopped(batch, said & {wrong.rule for wrong in batch}, tmp_path)

    assert ended == said


@pytest.fixture
def by_itself(prod: Cluster, https: str) -> Cluster:
    prod.mode = Mode.OIDC
    prod.save(update_fields=["mode"])
    return Cluster.objects.select_related("scope").get(pk=prod.pk)


def first_finding(cluster: Cluster, text: str) -> Finding:
    finding = diagnose(actor=SYSTEM, cluster=cluster, pasted=text).first
    assert finding is not None
    return finding


def mended(text: str, finding: Finding) -> str:
    """With the line that the doctor says in place of the one it found."""
    lines = text.split("\n")
    was = lines[finding.line - 1]
    lines[finding.line - 1] = was[: len(was) - len(was.lstrip())] + finding.write
    return "\n".join(lines)


def until(holds: Callable[[], bool], *, seconds: float = 75) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.5)
    return holds()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(ASSETS.exists() and version() < (1, 30), reason="It reads no AuthenticationConfiguration")
@pytest.mark.timeout(300)
def test_it_lets_people_in_as_the_doctor_says_and_the_line_it_names_mends_it(
    kubernetes: APIServer, by_itself: Cluster, bob: User, researchers: Group, tmp_path: Path
) -> None:
    file, right = tmp_path / "authentication.yaml", configuration(by_itself)
    token = token_for(bob, by_itself.audience)

    # A change to an issuer that can't be reached is not taken over at run time; so it begins with one.
    file.write_text(spoiled(by_itself, right, *SLASH))
    kubernetes.start([f"--authentication-config={file}"])
    assert not until(lambda: name(kubernetes, token) != "", seconds=12)

    file.write_text(right)
    assert until(lambda: name(kubernetes, token) == "runai:bob@example.com")

    for rule, was, now, known_as in WHILE_IT_RUNS:
        file.write_text(spoiled(by_itself, right, rule, was, now))
        assert until(lambda known_as=known_as: name(kubernetes, token) == known_as), rule  # type: ignore[misc]  # bound


SLASH = ("issuer-slash", 'realms/runai"', 'realms/runai/"')
WHILE_IT_RUNS = [
    ("username-prefix", 'prefix: "runai:"', 'prefix: "oidc:"', "oidc:bob@example.com"),
    ("audience-unknown", '- "runai-prod', '- "kubernetes-prod', ""),
]


def spoiled(cluster: Cluster, right: str, rule: str, was: str, now: str) -> str:
    """With one line wrong, which the doctor finds and mends to the letter."""
    wrong = right.replace(was, now, 1)
    finding = first_finding(cluster, wrong)
    assert (finding.rule, mended(wrong, finding)) == (rule, right)
    return wrong


def configuration(cluster: Cluster) -> str:
    return authentication_configuration(facts_of(cluster), "v1" if version() >= (1, 34) else "v1beta1")


def name(server: APIServer, token: str) -> str:
    who = server.who(token)
    return str(who["username"]) if who else ""
