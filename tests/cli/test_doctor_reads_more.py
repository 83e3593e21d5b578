"""What the command line reads beside the files it is given: those that flags name, one's own token, and kubectl."""

import base64
import json
from pathlib import Path

import pytest
from runai_identity_cli import doctor
from runai_identity_cli.measuring import kubectl_version
from runai_identity_cli.reduction.expressions import reduced
from runai_identity_cli.reduction.values import Redactions
from runai_identity_cli.reduction.vocabulary import CLAIMS, NAMES

from clustersync.doctor.cel import environment
from clustersync.doctor.cel.checking import check_expression
from clustersync.doctor.served import OTHER_CLAIMS, TEXT_CLAIMS
from tests.clustersync.cel_expressions import EXPRESSIONS
from tests.clustersync.doctor import FILE, POD


def read(*paths: Path, known: tuple[str, ...] = ()) -> doctor.Read:
    return doctor._read(doctor._texts([str(path) for path in paths]), known)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "authentication.yaml"
    path.write_text(FILE)
    return path


FORMS = {
    "a manifest": POD.replace("--authorization-mode=Node,RBAC", "--authentication-config=PATH"),
    "flags": "--authentication-config=PATH\n",
    "a flag in two words": "kube-apiserver --authentication-config PATH\n",
    "kubeadm's map": "apiServer:\n  extraArgs:\n    authentication-config: PATH\n",
    "kubeadm's list": "apiServer:\n  extraArgs:\n  - name: authentication-config\n    value: PATH\n",
    "K3s": "kube-apiserver-arg:\n- authentication-config=PATH\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_it_follows_what_a_flag_names(form: str, file: Path, tmp_path: Path) -> None:
    (tmp_path / "given").write_text(FORMS[form].replace("PATH", str(file)))

    found = read(tmp_path / "given")

    assert found.report.followed == [str(file)]
    assert "AuthenticationConfiguration" in found.text


def test_it_reads_a_file_once(file: Path, tmp_path: Path) -> None:
    (tmp_path / "given").write_text(f"--authentication-config={file}\n")

    found = read(tmp_path / "given", file)

    assert found.report.followed == []
    assert found.text.count("AuthenticationConfiguration") == 1


def test_it_says_what_is_not_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "given").write_text("--authentication-config=/nonexistent/a.yaml\n")

    assert read(tmp_path / "given").report.lost == ["Can't read /nonexistent/a.yaml: No such file or directory."]


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ('echo \'{"clientVersion": {"gitVersion": "v1.21.3"}}\'', {"kubectlVersion": "v1.21.3"}),
        ('echo \'{"clientVersion": {"gitVersion": 3}}\'', {}),
        ("echo hello", {}),
        ("exit 1", {}),
    ],
)
def test_it_asks_kubectl_for_its_version(
    says: str, expected: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "kubectl"
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    assert kubectl_version() == expected


def token(claims: dict[str, object]) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.x"


def test_texts_of_ones_own_token_are_sent_and_no_others(tmp_path: Path) -> None:
    rule = "\"user.groups.exists(g, g in ['runai:research', 's3cret']) || claims.sub == 'rosa' // s3cret\""
    (tmp_path / "given").write_text(FILE.replace("\"!user.username.startsWith('system:')\"", rule))
    known = doctor._said_in(token({"groups": ["research"], "sub": "rosa"}))

    sent = read(tmp_path / "given", known=tuple(known)).text

    assert "'runai:research'" in sent and "'rosa'" in sent
    assert "s3cret" not in sent


@pytest.mark.parametrize("broken", ["", "x", "a.b.c", "e30.e30=.x", "e30.W10.x"])
def test_a_token_that_can_not_be_read_says_nothing(broken: str) -> None:
    assert doctor._said_in(broken) == []


def test_it_knows_the_words_that_the_checker_knows() -> None:
    named = {part for name in (*environment.MEMBERS, *environment.FUNCTIONS) for part in name.split(".")}

    assert named <= NAMES
    assert set(CLAIMS.split()) == TEXT_CLAIMS | OTHER_CLAIMS


@pytest.mark.parametrize("variable", EXPRESSIONS)
def test_what_is_sent_of_an_expression_is_judged_as_the_expression(variable: environment.Variable) -> None:
    def said(text: str) -> str:
        try:
            check_expression(text, variable, is_rule=True)
        except (environment.InvalidExpression, environment.NotJudged) as found:
            return type(found).__name__
        return ""

    for text in (*EXPRESSIONS[variable].compiled, *EXPRESSIONS[variable].refused):
        assert said(reduced(text, Redactions())) in (said(text), "NotJudged"), text
