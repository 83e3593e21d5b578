"""The service as it runs, on a PostgreSQL of its own that a test may break."""

import json
import re
from pathlib import Path
from typing import Any, Protocol

import requests

from tests.faults.databases import PostgreSQL, SQLite
from tests.start.test_make_run import Start

EMAIL, PASSWORD = "root@example.com", "Given-by-hand-1"
SHORT = {"DATABASE_CONNECT_SECONDS": "2", "DATABASE_STATEMENT_SECONDS": "3", "DATABASE_LOCK_SECONDS": "1"}


class Database(Protocol):
    url: str


class Asked:
    """An application, a cluster and a token for it, none of which has used anything yet, behind one address."""

    def __init__(self, url: str, verify: bool | str = True) -> None:
        self.url, self.verify = url, verify
        self.bearer = {"Authorization": f"Bearer {self.token()}"}
        self.cluster = self.made("/api/v1/clusters", {"name": "gpu-1"})
        self.reviewed = self.token(audience=self.cluster["audience"])
        self.robo = self.made("/api/v1/apps", {"name": "robo"})

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False  # REQUESTS_CA_BUNDLE would win over `verify`
            session.verify = self.verify
            return session.request(method, f"{self.url}{path}", timeout=20, allow_redirects=False, **more)

    def made(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        answer = self.ask("POST", path, json=body, headers=self.bearer)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    def token(self, **more: str) -> str:
        body = {"grantType": "password", "username": EMAIL, "password": PASSWORD, **more}
        answer = self.ask("POST", "/api/v1/token", json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["accessToken"])

    def robos_token(self) -> requests.Response:
        body = {"grantType": "client_credentials", "clientId": "robo", "clientSecret": self.robo["secret"]}
        return self.ask("POST", "/api/v1/token", json=body)

    def review(self) -> requests.Response:
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": self.reviewed}}
        by = {"Authorization": f"Bearer {self.cluster['webhookToken']}"}
        return self.ask("POST", f"/api/v1/clusters/{self.cluster['uuid']}/tokenreview", json=body, headers=by)


class Served(Asked):
    """One server, and a browser that is signed in."""

    def __init__(self, folder: Path, database: Database, **extra: str) -> None:
        self.start = Start(folder / "data")
        given = {"RUNAI_ADMIN_EMAIL": EMAIL, "RUNAI_ADMIN_PASSWORD": PASSWORD, **SHORT, **extra}
        self.start.begin(DATABASE_URL=database.url, **given)
        self.start.wait_until_served()
        super().__init__(self.start.url)
        self.browser = self.signed_in()

    def signed_in(self) -> requests.Session:
        browser = requests.Session()
        page = browser.get(f"{self.start.url}/login", timeout=20)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token
        form = {"email": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        assert browser.post(f"{self.start.url}/login", data=form, timeout=20).status_code == 200
        return browser

    def account(self) -> requests.Response:
        return self.browser.get(f"{self.start.url}/account", timeout=20, allow_redirects=False)

    def forget_uses(self, database: PostgreSQL | SQLite) -> None:
        """Have something to note for each use that comes."""
        database.execute(
            "UPDATE clustersync_clustercredential SET last_used_at = NULL",
            "UPDATE tokens_application SET last_login = NULL",
            "UPDATE accounts_session SET noted_within = noted_within * 2",
        )

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.start.output.read_text().splitlines() if line.startswith("{")]

    def stop(self) -> None:
        self.browser.close()
        self.start.kill()
