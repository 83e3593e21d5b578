"""`runai-identity login`: in the browser, with a code, and as an application."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from accounts.models import Group, User
from clustersync.models import Cluster
from tests import cast
from tests.cli.conftest import begin, go, sign_in
from tests.cli.running import Shell
from tests.tokens.asking import signed_in
from tokens.models import Application, Grant
from tokens.services import devices

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_it_signs_in_by_the_browser(shell: Shell, server: str, bob: User, researchers: Group, prod: Cluster) -> None:
    Cluster.objects.update(api_url="https://prod.example.com:6443")

    said = sign_in(shell, server, signed_in(bob))

    assert f"Signed in at {server} as bob@example.com." in said
    assert "Clusters: prod.\nLet kubectl reach them: runai-identity kubeconfig set" in said
    assert shell.ok("whoami").startswith(f"bob@example.com at {server}\n")


def test_it_recommends_nothing_that_can_not_work(
    shell: Shell, server: str, bob: User, researchers: Group, prod: Cluster
) -> None:
    said = sign_in(shell, server, signed_in(bob))

    assert "Clusters: prod.\n" in said
    assert "Nobody has entered yet by which address people reach: prod. A system administrator does" in said
    assert "kubeconfig set" not in said


def test_it_says_which_clusters_take_each_others_tokens(
    shell: Shell, server: str, bob: User, researchers: Group, prod: Cluster
) -> None:
    Cluster.objects.update(legacy_flags=True, shared_since=timezone.now())

    said = sign_in(shell, server, signed_in(bob))

    assert "These share tokens, so that one sent to any of them is good in all that do: prod." in said


def test_it_takes_no_answer_that_it_did_not_ask_for(shell: Shell, server: str, bob: User) -> None:
    waiting, address = begin(shell, "login", "--server", server, "--browser")
    (back,) = parse_qs(urlsplit(address).query)["redirect_uri"]

    forged = go(signed_in(bob), f"{back}?code=x&state=guessed&iss={server}/auth/realms/runai")

    assert forged.status_code == 404
    assert not waiting.has_ended
    assert go(signed_in(bob), address).status_code == 200
    assert waiting.end() == 0


def test_it_sends_no_code_of_another_server_to_this_one(shell: Shell, server: str, bob: User) -> None:
    waiting, address = begin(shell, "login", "--server", server, "--browser")
    asked = parse_qs(urlsplit(address).query)

    go(signed_in(bob), f"{asked['redirect_uri'][0]}?code=x&state={asked['state'][0]}&iss=https://evil.example.com")

    assert waiting.end() == 1
    assert "Somebody else than the server answered" in waiting.said
    assert shell.run("whoami").returncode == 3


def test_it_says_why_the_server_sent_the_browser_back(shell: Shell, server: str, bob: User) -> None:
    waiting, address = begin(shell, "login", "--server", server, "--browser")

    page = go(signed_in(bob), address.replace("code_challenge_method=S256", "code_challenge_method=plain"))

    assert "You are not signed in" in page.text
    assert waiting.end() == 3
    assert "You are not signed in: " in waiting.said


def test_it_signs_in_with_a_code_over_ssh(
    shell: Shell, server: str, bob: User, researchers: Group, prod: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "INTERVAL", 1)
    waiting = shell.start("login", "--server", server, SSH_TTY="/dev/pts/0", DISPLAY=":0")
    code = waiting.until(r"^  ([B-Z]{4}-[B-Z]{4})$")[1]

    browser = signed_in(bob)
    shown = browser.post("/device", {"user_code": code})
    browser.post("/device", {"request_token": shown.context["request_token"], "decision": "allow"})
    assert waiting.end() == 0
    assert shell.ok("whoami").startswith("bob@example.com at ")


def test_it_signs_in_an_application_and_keeps_no_copy_of_its_secret(
    robos: Shell, server: str, robo: Application, prod: Cluster
) -> None:
    robos.ok("login", "--server", server, "--application", "robo")

    assert "application" in robos.ok("whoami")
    assert cast.ROBO_SECRET not in (robos.folder / "session.json").read_text()


def test_it_signs_in_no_application_with_a_wrong_secret(shell: Shell, server: str, robo: Application) -> None:
    (shell.home / "secret").write_text("guessed")

    done = shell.run("login", "--server", server, "--application", "robo", "--secret-file", str(shell.home / "secret"))

    assert done.returncode == 3
    assert "does not know the application robo by this secret" in done.stderr


def test_the_sign_in_that_it_replaces_ends_at_the_server(bobs: Shell, server: str, bob: User) -> None:
    old = json.loads((bobs.folder / "session.json").read_text())["refresh_token"]

    sign_in(bobs, server, signed_in(bob))

    assert not Grant.objects.filter(pk=old.partition(".")[0], revoked_at=None).exists()
    assert Grant.objects.filter(revoked_at=None).count() == 1


@pytest.mark.parametrize(
    ("server", "code", "message"),
    [
        ("http://identity.example.com", 2, "is not https"),
        ("identity.example.com", 2, "is no address"),
        ("https://identity.example.com/login", 2, "without a path"),
        ("http://127.0.0.1:9", 4, "Nothing answers at http://127.0.0.1:9"),
    ],
)
def test_it_says_what_is_wrong_with_the_server(shell: Shell, server: str, code: int, message: str) -> None:
    done = shell.run("login", "--server", server)

    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
