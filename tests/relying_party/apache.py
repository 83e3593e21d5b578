"""An Apache that lets nobody in whom its mod_auth_openidc has not signed in with us."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MODULES = Path("/usr/lib/apache2/modules")
LOADED = ("mpm_event", "authn_core", "authz_core", "authz_user", "headers", "dir", "auth_openidc")

CONFIGURATION = """
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error.log
Mutex file:{folder} default
User www-data
DocumentRoot {folder}/pages
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI http://127.0.0.1:{port}/callback
OIDCCryptoPassphrase only-for-tests
OIDCPKCEMethod S256
OIDCScope "openid email profile groups"
OIDCRemoteUserClaim email
<Location />
  AuthType openid-connect
  Require valid-user
  Header set X-User "expr=%{{REMOTE_USER}}"
  Header set X-Groups "expr=%{{HTTP:OIDC_CLAIM_groups}}"
</Location>
"""


@contextmanager
def apache(*, port: int, issuer: str, client_id: str, secret: str) -> Iterator[str]:
    """Its address, while it runs."""
    # Readable for the user it drops to, as pytest's own folders are not.
    folder = Path(tempfile.mkdtemp(prefix="apache-"))
    folder.chmod(0o755)
    (folder / "pages").mkdir()
    (folder / "pages/index.html").write_text("Welcome to the shop")
    modules = "".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so\n" for name in LOADED)
    facts = {"folder": folder, "port": port, "issuer": issuer, "client_id": client_id, "secret": secret}
    configuration = folder / "httpd.conf"
    configuration.write_text(modules + CONFIGURATION.format(**facts))
    server = subprocess.Popen(["/usr/sbin/apache2", "-f", str(configuration), "-D", "FOREGROUND"])
    try:
        wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        assert server.poll() is None, "Apache did not start"
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("Apache does not answer")
