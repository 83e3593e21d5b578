"""nginx and HAProxy as deploy/proxies configures them, with the addresses and files of a test in place of theirs."""

import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runai_identity import local_tls
from tests.ports import free_port
from tests.start.test_make_run import ROOT


@dataclass(frozen=True)
class Proxy:
    """Where it listens, and the file of the CA that signed its certificate."""

    http: int
    https: int
    authority: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.https}"


def nginx(folder: Path, behind: Sequence[int], proxy: Proxy) -> list[str]:
    """The command that runs it in the foreground."""
    text = configuration("nginx.conf")
    text = with_places(
        text,
        {
            "server identity:8000;": " ".join(f"server 127.0.0.1:{port};" for port in behind),
            "listen 80;": f"listen 127.0.0.1:{proxy.http};",
            "listen 443 ssl": f"listen 127.0.0.1:{proxy.https} ssl",
            "/etc/nginx/tls": str(folder / "tls"),
            "worker_processes auto;": f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;",
        },
    )
    (folder / "nginx.conf").write_text(re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE))
    return ["/usr/sbin/nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def haproxy(folder: Path, behind: Sequence[int], proxy: Proxy) -> list[str]:
    """The same of HAProxy."""
    servers = "".join(f"    server replica-{port} 127.0.0.1:{port}\n" for port in behind)
    text = with_places(
        configuration("haproxy.cfg"),
        {
            "    server one identity-1:8000\n    server two identity-2:8000\n": servers,
            "bind :80": f"bind 127.0.0.1:{proxy.http}",
            "bind :443": f"bind 127.0.0.1:{proxy.https}",
            "/etc/haproxy/tls.pem": str(folder / "tls/tls.pem"),
        },
    )
    (folder / "haproxy.cfg").write_text(text)
    return ["/usr/sbin/haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


def configuration(name: str) -> str:
    return (ROOT / "deploy/proxies" / name).read_text()


def with_places(text: str, places: dict[str, str]) -> str:
    for place, value in places.items():
        assert place in text, place
        text = text.replace(place, value)
    return text


@contextmanager
def in_front(
    command: Callable[[Path, Sequence[int], Proxy], list[str]], *, behind: Sequence[int], https: int
) -> Iterator[Proxy]:
    """The proxy while it runs, in front of what listens on the ports `behind` of this machine."""
    folder = Path(tempfile.mkdtemp(prefix="proxy-"))
    folder.chmod(0o755)
    made = local_tls.make(folder, ["127.0.0.1"])
    tls = folder / "tls"
    (tls / "tls.pem").write_text(made.certificate.read_text() + made.key.read_text())
    proxy = Proxy(free_port(), https, made.authority or made.certificate)
    process = subprocess.Popen(command(folder, behind, proxy))
    try:
        for _ in range(100):
            assert process.poll() is None, f"{command.__name__} did not start"
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", proxy.https)) == 0:
                    break
            time.sleep(0.1)
        yield proxy
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)
