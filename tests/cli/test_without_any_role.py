"""The questions about oneself on the command line: of somebody without any role, and of a plain researcher."""

from pathlib import Path

import pytest

from accounts.models import User
from accounts.services.sessions import revoke_all
from clustersync.models import Cluster
from clustersync.models.refusals import WebhookRefusal
from common.actors import SYSTEM
from tests.cli.conftest import sign_in
from tests.cli.running import Shell
from tests.tokens.asking import signed_in
from tokens.models import Application

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def charlies(shell: Shell, server: str, charlie: User, prod: Cluster) -> Shell:
    sign_in(shell, server, signed_in(charlie))
    return shell


def test_who_has_no_role_is_told_what_is_missing(charlies: Shell, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(charlies.ok("token"))
    flags = tmp_path / "flags"
    flags.write_text("--oidc-client-id=runai\n")

    may = charlies.run("can-i", "create", "workspaces")
    verified = charlies.run("token", "verify", "--file", str(token), "--cluster", "prod")
    examined = charlies.run("doctor", str(flags), "--cluster", "prod")

    assert (may.returncode, may.stdout) == (1, "no: no access rule lets you create workspaces anywhere\n")
    for done in (verified, examined):
        assert done.returncode == 3, done.stdout + done.stderr
        assert "Ask an administrator for an access rule." in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_a_researcher_is_answered_and_leaves_no_trace_on_the_clusters_page(
    bobs: Shell, prod: Cluster, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text(bobs.ok("token", "--cluster", "prod"))
    flags = tmp_path / "flags"
    flags.write_text("--authentication-token-webhook-config-file=/etc/webhook.yaml\n")

    may = bobs.ok("can-i", "create", "workspaces", "--scope", "b0000000-0000-4000-8000-000000000001")
    verified = bobs.ok("token", "verify", "--file", str(token), "--cluster", "prod")
    examined = bobs.run("doctor", str(flags), "--cluster", "prod")

    assert "the group researchers is L1 researcher in faces." in may
    assert "prod accepts it as runai:bob@example.com" in verified
    assert examined.returncode in (0, 1, 2), examined.stdout + examined.stderr
    assert "Not checked" not in examined.stdout
    assert not WebhookRefusal.objects.exists()


def test_signing_out_says_that_the_session_was_over_already(bobs: Shell, server: str, bob: User) -> None:
    revoke_all(actor=SYSTEM, user=bob, because="ended by its owner")

    said = bobs.ok("logout", "--revoke")

    assert said == f"The session at {server} was over already. It is forgotten here.\n"
    assert bobs.ok("logout") == "Nobody was signed in.\n"


def test_an_application_signs_out_with_revoke_as_without(robos: Shell, server: str, robo: Application) -> None:
    robos.ok("login", "--server", server, "--application", "robo")

    assert robos.ok("logout", "--revoke") == f"Signed out at {server}.\n"
