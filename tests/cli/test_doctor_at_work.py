"""`runai-identity doctor` from end to end: a file here, a server there, and a line to change."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from accounts.models import User
from clustersync.apiserver import AuthenticationForm, arguments
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from tests.cli.conftest import sign_in
from tests.cli.running import Shell
from tests.system.https import under_https
from tests.tokens.asking import signed_in

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def https(server: str, tmp_path: Path, settings: Settings) -> Iterator[str]:
    """The same server as clusters need it, with an authority of its own."""
    with under_https(server, tmp_path) as origin:
        settings.PUBLIC_URL, settings.ISSUER = origin, f"{origin}/auth/realms/{django_settings.REALM}"
        settings.OAUTH2_PROVIDER = {**django_settings.OAUTH2_PROVIDER, "OIDC_ISS_ENDPOINT": django_settings.ISSUER}
        settings.PUBLIC_CA = (tmp_path / "tls.crt").read_text()
        yield origin


@pytest.fixture
def adas(shell: Shell, https: str, server: str, ada: User, prod: Cluster, tmp_path: Path) -> Shell:
    sign_in(shell, https, signed_in(ada), ca_file=str(tmp_path / "tls.crt"), at=server)
    return shell


@pytest.fixture
def flags(shell: Shell, https: str, prod: Cluster) -> Path:
    """What the cluster was told, but for a slash."""
    Cluster.objects.update(mode="oidc")
    told = arguments(facts_of(Cluster.objects.get()), AuthenticationForm.FLAGS)
    path = shell.home / "kube-apiserver.flags"
    path.write_text("\n".join(f"--{name}={value}" for name, value in told).replace("realms/runai", "realms/runai/"))
    return path


def test_it_names_the_line_and_what_to_write(adas: Shell, https: str, flags: Path) -> None:
    done = adas.run("doctor", "--flags", str(flags))

    line = next(n for n, text in enumerate(flags.read_text().splitlines(), 1) if "issuer-url" in text)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"✗ issuer-slash ({flags}, line {line})\n" in done.stdout
    assert f"+ --oidc-issuer-url={https}/auth/realms/runai\n" in done.stdout


def test_it_reads_the_persons_own_kubeconfig(adas: Shell, prod: Cluster) -> None:
    Cluster.objects.update(api_url="https://prod.example.com:6443")
    adas.ok("kubeconfig", "set")

    done = adas.run("doctor", "--all")

    assert "✓ The plugin asks for a token for this cluster" in done.stdout, done.stdout + done.stderr
    assert "✗ person" not in done.stdout


def test_it_says_that_nobody_is_signed_in(shell: Shell, flags: Path) -> None:
    done = shell.run("doctor", "--flags", str(flags))

    assert done.returncode == 3
    assert "Not checked: You are not signed in" in done.stdout
