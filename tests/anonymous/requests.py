"""What strangers send to each public address: what it is for, what is wrong, and what is odd."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.test import Client

REALM = "/auth/realms/runai"
PROTOCOL = f"{REALM}/protocol/openid-connect"
UUID = "00000000-0000-4000-8000-000000000000"
FORM = "application/x-www-form-urlencoded"
JUNK = base64.b64encode(b"<samlp:Response xmlns:samlp='x'>junk</samlp:Response>").decode()
# A JWT that nobody signed.
TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6IngiLCJ0eXAiOiJhdCtqd3QifQ.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@dataclass(frozen=True)
class World:
    """Of what there is, that which a stranger may know."""

    cluster: str
    person: str


Send = Callable[[World, int], Any]
"""The n-th request of a flood: from the n-th address, in a browser without cookies."""


@dataclass(frozen=True)
class Case:
    """`address` is the one in the URLconf, with samples in place of what varies; `hashes` one password each time."""

    address: str
    method: str
    sent: str
    send: Send
    hashes: bool = False


def ask(method: str, path: str, number: int, **kwargs: Any) -> Any:
    address = f"203.0.{number // 250}.{number % 250}"
    return getattr(Client(raise_request_exception=False), method)(path, REMOTE_ADDR=address, **kwargs)


def get(path: str, sent: str = "", address: str = "", **query: str) -> Case:
    whole = f"{path}?{urlencode(query)}" if query else path
    return Case(address or path, "GET", sent or "nothing", lambda w, n: ask("get", whole.format(w=w), n))


def form(path: str, sent: str, address: str = "", *, basic: str = "", hashes: bool = False, **fields: str) -> Case:
    """In what is sent `{n}` is another number each time, and `{w.person}` somebody who exists."""
    headers = {"Authorization": f"Basic {base64.b64encode(basic.encode()).decode()}"} if basic else {}

    def send(world: World, number: int) -> Any:
        body = urlencode({name: value.format(n=number, w=world) for name, value in fields.items()})
        return ask("post", path.format(w=world), number, data=body, content_type=FORM, headers=headers)

    return Case(address or path, "POST", sent, send, hashes)


def json(path: str, sent: str, address: str = "", *, bearer: str = "", hashes: bool = False, body: Any = None) -> Case:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}

    def send(world: World, number: int) -> Any:
        told = body
        if isinstance(body, dict):
            told = {k: v.format(n=number, w=world) if isinstance(v, str) else v for k, v in body.items()}
        kind = {"data": told, "content_type": "application/json", "headers": headers}
        return ask("post", path.format(w=world), number, **kind)

    return Case(address or path, "POST", sent, send, hashes)


def odd(path: str, address: str = "") -> Iterator[Case]:
    """What fits nowhere: too much of everything, in a form and in JSON."""
    long = {f"a{number}": "x" * 900 for number in range(200)}
    yield form(path, "a long form of junk", address, basic="", hashes=False, **long)
    yield json(path, "JSON of junk", address, body={"a": ["x" * 1000] * 100, "b": {"c": [1] * 1000}})
