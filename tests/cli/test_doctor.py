"""`runai-identity doctor`: reads here, asks the server, says the line, and ends with a code for scripts."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from runai_identity_cli import doctor
from runai_identity_cli.cluster import ListedCluster
from runai_identity_cli.doctor_report import BROKEN, UNCHECKED, WARNED, WELL
from runai_identity_cli.failures import NotSignedIn, Unreachable
from runai_identity_cli.measuring import Measurer
from runai_identity_cli.session import SavedToken

from accounts.models import User
from clustersync import apiserver
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from tests.conftest import APIAs
from tests.keys import plant_keys

pytestmark = pytest.mark.django_db(transaction=True)


class SignedIn:
    """A session whose requests reach the server's API as Ada's."""

    def __init__(self, server: str, client: Any, cluster: Cluster) -> None:
        self.server, self.state = server, {"server": server, "ca_file": ""}
        self.client = client
        self.sent: dict[str, Any] = {}
        self.known = ListedCluster({"name": str(cluster), "uuid": cluster.pk, "audience": cluster.audience})

    def clusters(self) -> list[ListedCluster]:
        return [self.known]

    def cluster(self, name: str) -> ListedCluster:
        assert name == self.known.name
        return self.known

    def token(self, audience: str) -> SavedToken:
        return SavedToken({"token": "x" * 1000, "good_until": 0})

    def remembered(self) -> dict[str, Any]:
        return self.state

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.sent = body
        answer = self.client.post(path, body, format="json")
        assert answer.status_code == 200, answer.content
        return dict(answer.json())


@pytest.fixture
def session(live_server: LiveServer, prod: Cluster, ada: User, api_as: APIAs, settings: Settings) -> SignedIn:
    plant_keys()
    settings.PUBLIC_URL = "https://identity.example.com"
    settings.ISSUER = f"{settings.PUBLIC_URL}/auth/realms/runai"
    prod.refresh_from_db()
    return SignedIn(live_server.url, api_as(ada), prod)


@pytest.fixture
def right(session: SignedIn, prod: Cluster) -> str:
    return "\n".join(apiserver.webhook_flags(facts_of(prod)))


def run(session: object, *arguments: str) -> int:
    parser = ArgumentParser()
    doctor.add_arguments(parser)
    return doctor.run(parser.parse_args(arguments), session)  # type: ignore[arg-type]  # made to look like one


def test_it_says_that_all_is_well(
    session: SignedIn, right: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "flags").write_text(right)

    assert run(session, "--flags", str(tmp_path / "flags"), "--all") == WELL
    assert "✓ Nothing is wrong with prod." in capsys.readouterr().out


def test_it_names_file_and_line_of_what_to_change(
    session: SignedIn, right: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a").write_text(right)
    (tmp_path / "b").write_text(f"\n--oidc-issuer-url={settings.ISSUER}/\n--oidc-client-id=a")

    assert run(session, "--flags", str(tmp_path / "a"), str(tmp_path / "b")) == BROKEN
    said = capsys.readouterr().out
    assert f"✗ issuer-slash ({tmp_path / 'b'}, line 2)" in said
    assert f"Change first ({tmp_path / 'b'}, line 2): --oidc-issuer-url={settings.ISSUER}\n" in said


def test_it_tells_scripts_of_warnings(session: SignedIn, right: str, tmp_path: Path) -> None:
    (tmp_path / "flags").write_text(right.replace("version=v1", "version=v1beta1"))

    assert run(session, "--cluster", "prod", str(tmp_path / "flags")) == WARNED


def test_it_sends_no_secret(session: SignedIn, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("kind: Config\nusers: [{name: a, user: {token: s3cret}}]\nclusters: []\n")

    run(session, "--kubeconfig", str(tmp_path / "config"))

    assert "s3cret" not in str(session.sent)
    assert session.sent["observed"]["tokenBytes"] == 1000
    assert '"token": "…"' in session.sent["configuration"]


def test_it_shows_what_it_would_send(session: SignedIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config").write_text("kind: Config\nusers: [{name: a, user: {token: s3cret}}]\nclusters: []\n")

    assert run(session, str(tmp_path / "config"), "--show") == 0
    assert session.sent == {}
    assert capsys.readouterr().out.startswith('{"kind": "Config",\n "users": [{"name": "withheld-1", "user":')


def test_it_sends_nothing_of_what_it_can_not_parse_and_says_where(
    session: SignedIn, right: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "flags").write_text(right)
    (tmp_path / "config").write_text("kind: Config\nusers:\n- name: a\n  user: {token: s3cret\nclusters: []\n")

    assert run(session, str(tmp_path / "flags"), str(tmp_path / "config")) == BROKEN
    said = capsys.readouterr().out
    assert f"✗ yaml ({tmp_path / 'config'}, line 5)\n    + (mend the line)\n      It can't be read as YAML: " in said
    assert "Config" not in session.sent["configuration"]
    assert "s3cret" not in said
    assert "✗ prod is broken. " in said
    assert f"Change first ({tmp_path / 'config'}, line 5): (mend the line)" in said


def test_it_says_which_file_tells_it_nothing(
    session: SignedIn, right: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "flags").write_text(right)
    (tmp_path / "token").write_text("eyJ.s3cret.x\n")

    assert run(session, str(tmp_path / "flags"), str(tmp_path / "token")) == WELL
    assert f"· {tmp_path / 'token'}: nothing in it is read by the doctor" in capsys.readouterr().out
    assert "s3cret" not in str(session.sent)


@pytest.mark.parametrize("text", ["", "hello: world\n", "some text\n", "apiVersion: apps/v1\nkind: Deployment\n"])
def test_it_does_not_say_that_all_is_well_of_what_it_can_not_use(
    session: SignedIn, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    file = tmp_path / "other.yaml"
    file.write_text(text)

    assert run(session, str(file)) == UNCHECKED
    assert f"Not checked: The doctor reads nothing in {file}. Give kube-apiserver's manifest" in capsys.readouterr().out


def test_names_come_back_in_what_is_said(
    session: SignedIn, prod: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plugin = "{apiVersion: client.authentication.k8s.io/v1, command: runai-identity, interactiveMode: Never}"
    (tmp_path / "config").write_text(
        f"kind: Config\nclusters: []\nusers:\n- name: bob@prod\n  user:\n    exec: {plugin}\n"
    )

    run(session, str(tmp_path / "config"))

    assert "bob" not in str(session.sent)
    assert f"✗ person-cluster (in exec.args of bob@prod)\n    + - --cluster={prod.pk}\n" in capsys.readouterr().out


def test_it_measures_from_where_it_stands(session: SignedIn, prod: Cluster, settings: Settings) -> None:
    settings.PUBLIC_URL = session.state["server"]
    settings.ISSUER = f"{settings.PUBLIC_URL}/auth/realms/runai"
    seen = Measurer(session.state["server"]).measure(prod.pk)

    assert (seen["failure"], seen["status"], seen["isJson"], seen["maxAge"]) == ("", 200, True, 300)
    assert seen["issuer"] == settings.ISSUER
    assert abs(seen["skewSeconds"]) < 5
    assert seen["webhookMilliseconds"] > 0


@pytest.mark.parametrize("server", ["http://127.0.0.1:1", "https://nowhere.invalid"])
def test_it_says_that_nothing_answers(server: str) -> None:
    assert Measurer(server).measure()["failure"] == "unreachable"


@pytest.mark.parametrize("failure", [NotSignedIn("You are not signed in."), Unreachable("It is down.")])
def test_it_tells_what_it_can_see_when_it_can_not_ask(
    session: SignedIn,
    tmp_path: Path,
    failure: Exception,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise failure

    (tmp_path / "flags").write_text("--oidc-client-id=a")
    monkeypatch.setattr(session, "clusters", refuse)

    assert run(session, str(tmp_path / "flags")) == UNCHECKED
    said = capsys.readouterr().out
    assert "✓ The server answers from here" in said
    assert str(failure) in said


def test_it_asks_for_a_file_that_can_be_read(session: SignedIn, tmp_path: Path) -> None:
    with pytest.raises(doctor.NotChecked, match="Can't read"):
        run(session, str(tmp_path / "nothing"))
