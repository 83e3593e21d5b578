"""`runai-identity token verify`: what a cluster would say of a token, and a code for scripts."""

import io
from argparse import ArgumentParser
from typing import Any

import pytest
from runai_identity_cli import token_verify
from runai_identity_cli.cluster import ListedCluster
from runai_identity_cli.doctor import NotChecked
from runai_identity_cli.doctor_report import UNCHECKED
from runai_identity_cli.failures import Failure, NotSignedIn

from accounts.models import User
from clustersync.models import Cluster
from tests.cli.conftest import sign_in
from tests.cli.running import Shell
from tests.tokens.asking import signed_in

GOOD = {"rule": "signature", "title": "A key of ours signed it", "answer": "ok", "reason": ""}
BAD = {"rule": "expiry", "title": "It has not ended", "answer": "error", "reason": "it ended 3 s ago"}
PROD = ListedCluster({"name": "prod", "uuid": "c0000000-0000-4000-8000-000000000001", "audience": "runai-prod"})
BOB = {"username": "runai:bob@example.com", "uid": "1", "groups": ["runai:researchers"], "extra": {"sid": ["x"]}}


class SignedIn:
    def __init__(self, answer: dict[str, Any] | Failure) -> None:
        self.answer = answer
        self.sent: dict[str, Any] = {}

    def clusters(self) -> list[ListedCluster]:
        return [PROD]

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.sent = {path: body}
        if isinstance(self.answer, Failure):
            raise self.answer
        return self.answer


def run(session: SignedIn, monkeypatch: pytest.MonkeyPatch, token: str = "eyJ.a.b\n") -> int:
    parser = ArgumentParser()
    token_verify.add_arguments(parser)
    monkeypatch.setattr("sys.stdin", io.StringIO(token))
    return token_verify.run(parser.parse_args([]), session)  # type: ignore[arg-type]  # made to look like one


def test_it_says_as_whom_and_how_long(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    session = SignedIn({"verdict": "accepted", "user": BOB, "acceptedForSeconds": 300, "rules": [GOOD]})

    assert run(session, monkeypatch) == token_verify.ACCEPTED
    assert session.sent == {f"/api/v1/clusters/{PROD.uuid}/verify-token": {"token": "eyJ.a.b"}}
    said = capsys.readouterr().out
    assert "✓ A key of ours signed it\n" in said
    assert "✓ prod accepts it as runai:bob@example.com, for 300 s more." in said
    assert "groups: runai:researchers" in said


def test_it_says_which_rule_refuses(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    session = SignedIn({"verdict": "refused", "user": None, "acceptedForSeconds": None, "rules": [GOOD, BAD]})

    assert run(session, monkeypatch) == token_verify.REFUSED
    assert "✗ It has not ended: it ended 3 s ago\n\n✗ prod refuses it." in capsys.readouterr().out


def test_it_calls_nothing_refused_that_was_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(SignedIn(NotSignedIn("You are not signed in.")), monkeypatch) == UNCHECKED


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_it_asks_the_server_in_earnest(shell: Shell, server: str, ada: User, prod: Cluster) -> None:
    sign_in(shell, server, signed_in(ada))
    (shell.home / "token").write_text(shell.ok("token", "--cluster", "prod"))
    (shell.home / "changed").write_text(shell.ok("token", "--cluster", "prod").replace(".", ".x", 1))

    accepted = shell.run("token", "verify", "--file", str(shell.home / "token"))
    refused = shell.run("token", "verify", "--file", str(shell.home / "changed"))

    assert accepted.returncode == 0, accepted.stderr
    assert "✓ prod accepts it as runai:ada@example.com, for " in accepted.stdout
    assert refused.returncode == 1
    assert "✗ prod refuses it." in refused.stdout


def test_it_asks_for_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotChecked, match="no token"):
        run(SignedIn({}), monkeypatch, token=" \n")
