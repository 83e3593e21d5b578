"""Debian's SimpleSAMLphp as somebody else's identity provider, and a person who signs in there."""

import html
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from tests.sso.idp_keys import key

PAGES = Path("/usr/share/simplesamlphp/www")
CONFIGURATION = Path(__file__).parent / "simplesamlphp"
# Of simplesamlphp/authsources.php.
JANE = ("jane", "jane-password")
BOB = ("bob", "bob-password")


@dataclass(frozen=True)
class SimpleSAML:
    url: str
    folder: Path

    @property
    def entity_id(self) -> str:
        return f"{self.url}/saml2/idp/metadata.php"

    @property
    def metadata_url(self) -> str:
        return self.entity_id

    def metadata(self) -> str:
        answer = requests.get(self.metadata_url, timeout=10)
        assert answer.ok, self.log()
        return answer.text

    def trust(self, sp_metadata: str) -> None:
        """Register a service provider; it reads its files at every request."""
        providers = self.folder / "service-providers"
        (providers / f"{len(list(providers.iterdir()))}.xml").write_text(sp_metadata)

    def log(self) -> str:
        """What went wrong there, for a failing test."""
        file = self.folder / "simplesamlphp.log"
        return file.read_text() if file.exists() else ""


@contextmanager
def simplesaml(*, encrypted: bool = False) -> Iterator[SimpleSAML]:
    """It, while it runs, on a port of its own."""
    port = _free_port()
    provider = SimpleSAML(f"http://127.0.0.1:{port}", Path(tempfile.mkdtemp(prefix="simplesaml-")))
    for name in ("service-providers", "tmp", "sessions"):
        (provider.folder / name).mkdir()
    shutil.copy(key("simplesaml").private, provider.folder / "idp.key")
    shutil.copy(key("simplesaml").certificate, provider.folder / "idp.crt")
    environment = os.environ | {
        "SIMPLESAMLPHP_CONFIG_DIR": str(CONFIGURATION),
        "IDP_URL": provider.url,
        "IDP_FOLDER": str(provider.folder),
        "IDP_ENCRYPTS": "yes" if encrypted else "no",
    }
    settings = ["-d", f"session.save_path={provider.folder}/sessions", "-d", "display_errors=0"]
    command = ["php", "-q", *settings, "-S", f"127.0.0.1:{port}", "-t", str(PAGES)]
    with (provider.folder / "php.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(port, server)
        yield provider
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(provider.folder)


@dataclass(frozen=True)
class Leaving:
    """Where the provider sends its browser: by a redirect (no `fields`), or by a form that posts itself."""

    url: str
    fields: Mapping[str, str]


class Person(requests.Session):
    """A browser at the provider, without JavaScript."""

    def __init__(self, provider: SimpleSAML) -> None:
        super().__init__()
        self.provider = provider

    def sign_in(self, url: str, who: tuple[str, str] = JANE) -> Leaving:
        """Follow our redirect (`url`), say who one is if asked; what is to be posted to us then."""
        return self._left(self._entered(self._within(self.request("GET", url, allow_redirects=False)), who))

    def bring(self, url: str, fields: Mapping[str, str] | None = None) -> Leaving:
        """Bring a message of ours there: a URL, or a form."""
        answer = self.request("POST" if fields else "GET", url, data=fields, allow_redirects=False)
        return self._left(self._within(answer))

    def sign_out(self) -> Leaving:
        """Sign out at the provider itself, which then sends the browser to us with its LogoutRequest."""
        return self.bring(f"{self.provider.url}/saml2/idp/SingleLogoutService.php?ReturnTo={self.provider.url}/")

    def _entered(self, page: requests.Response, who: tuple[str, str]) -> requests.Response:
        if 'name="password"' not in page.text:
            return page
        fields = _inputs(page.text) | {"username": who[0], "password": who[1]}
        where = urljoin(page.url, _action(page.text))
        return self._within(self.request("POST", where, data=fields, allow_redirects=False))

    def _within(self, answer: requests.Response) -> requests.Response:
        """Follow redirects until the provider shows something, or sends the browser away."""
        while answer.is_redirect and self._at_home(urljoin(answer.url, answer.headers["Location"])):
            there = urljoin(answer.url, answer.headers["Location"])
            answer = self.request("GET", there, allow_redirects=False)
        return answer

    def _left(self, answer: requests.Response) -> Leaving:
        if answer.is_redirect:
            return Leaving(answer.headers["Location"], {})
        assert answer.ok and "<form" in answer.text, f"{answer.status_code} {answer.text}\n{self.provider.log()}"
        leaving = Leaving(_action(answer.text), _inputs(answer.text))
        assert not self._at_home(urljoin(answer.url, leaving.url)), answer.text
        return leaving

    def _at_home(self, url: str) -> bool:
        return urlsplit(url).netloc == urlsplit(self.provider.url).netloc


def _action(page: str) -> str:
    found = re.search(r'<form[^>]*\saction="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def _inputs(page: str) -> dict[str, str]:
    tags = re.findall(r"<input[^>]*>", page)
    pairs = [(re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in tags]
    return {name[1]: html.unescape(value[1]) for name, value in pairs if name and value}


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        assert server.poll() is None, "PHP did not start"
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("PHP does not answer")
