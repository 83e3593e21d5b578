"""Our side of a sign-in through somebody else's program: the administrator's API, and a person's browser."""

import html
import re
from typing import Any

import requests

ADMIN = {"email": "ada@example.com", "password": "Correct-Horse-9"}


class Us:
    def __init__(self, url: str) -> None:
        self.url = url
        self.issuer = f"{url}/auth/realms/runai"

    def register(self, name: str, **registration: object) -> dict[str, Any]:
        """A client application, and its secret if it has one."""
        asked = {"grantType": "password", "username": ADMIN["email"], "password": ADMIN["password"]}
        token = requests.post(f"{self.url}/api/v1/token", json=asked, timeout=5).json()["accessToken"]
        headers = {"Authorization": f"Bearer {token}"}
        body = {"name": name, **registration}
        answer = requests.post(f"{self.url}/api/v1/apps", json=body, headers=headers, timeout=5)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


class Browser(requests.Session):
    """A person who signs in and says yes; without JavaScript, as our pages allow."""

    def __init__(self, us: Us) -> None:
        super().__init__()
        self.us = us

    def let(self, url: str) -> str:
        """Open what an application sends people to; answers where they are sent back to."""
        page = self.get(url, timeout=5)
        if "/login" in page.url:
            page = self.submit(page, f"{self.us.url}/login", next=found('name="next" value="([^"]+)"', page), **ADMIN)
            page = self.get(self.us.url + found('url=([^"]+)"', page), timeout=5, allow_redirects=False)
        if "request_token" in page.text:
            there = self.us.url + found('action="([^"]+/auth/consent[^"]+)"', page)
            page = self.submit(
                page, there, request_token=found('name="request_token" value="([^"]+)"', page), decision="allow"
            )
            return found('url=([^"]+)"', page)
        return str(page.headers["Location"])

    def sign_in(self) -> None:
        self.submit(self.get(f"{self.us.url}/login", timeout=5), f"{self.us.url}/login", **ADMIN)

    def submit(self, page: requests.Response, url: str, **fields: str) -> requests.Response:
        csrf = found('name="csrfmiddlewaretoken" value="([^"]+)"', page)
        return self.post(url, data={"csrfmiddlewaretoken": csrf, **fields}, timeout=5)


def found(pattern: str, page: requests.Response) -> str:
    match = re.search(pattern, page.text)
    assert match, page.text
    return html.unescape(match[1])
