"""Requests to peers, over HTTP."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench.load import Caller, exchanged
from bench.server import HOST
from bench.works import SECRET


@dataclass
class Form:
    """The same form again and again."""

    path: str
    fields: dict[str, str]
    header: str = "Accept: application/json"

    def request(self) -> bytes:
        body = urlencode(self.fields)
        head = (
            f"POST {self.path} HTTP/1.1",
            f"Host: {HOST}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
            self.header,
        )
        return ("\r\n".join(head) + "\r\n\r\n" + body).encode()

    def answered(self, body: bytes) -> None:
        pass


class Refreshing(Form):
    """The form with the refresh token of the last answer."""

    def answered(self, body: bytes) -> None:
        self.fields["refresh_token"] = json.loads(body)["refresh_token"]


def as_client(client_id: str, **fields: str) -> dict[str, str]:
    return {"client_id": client_id, "client_secret": SECRET, **fields}


def answer_to(caller: Caller, port: int) -> Any:
    """Return the JSON that one request is answered with."""
    return json.loads(exchanged(caller, port))
