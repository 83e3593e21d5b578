"""Requests of machines, good, bad and odd: each kind as it is mostly sent, and every way in which it is changed."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from tests import cast

PROTOCOL = "/auth/realms/runai/protocol/openid-connect"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BASIC = "Basic " + base64.b64encode(f"robo:{cast.ROBO_SECRET}".encode()).decode()
BY_SECRET = {"client_id": "robo", "client_secret": cast.ROBO_SECRET}


@dataclass(frozen=True)
class Asked:
    """`{api}`, `{refresh}`, `{cluster}`, `{opaque}`, `{robo}` and `{audience}` stand for what the world has."""

    method: str
    path: str
    body: str = ""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""

    def with_headers(self, **headers: str) -> "Asked":
        given = {**dict(self.headers), **{name.replace("_", "-"): value for name, value in headers.items()}}
        return replace(self, headers=tuple(given.items()))

    def environ(self, **world: str) -> dict[str, Any]:
        made = {name.upper().replace("-", "_"): value.format(**world) for name, value in self.headers}
        headers = {name if name in ("REMOTE_ADDR", "SCRIPT_NAME") else f"HTTP_{name}": v for name, v in made.items()}
        return {"path": self.path, "body": _filled(self.body, world).encode("utf-8", "surrogatepass"), **headers}


def _filled(text: str, world: dict[str, str]) -> str:
    for name, value in world.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def form(path: str, *pairs: tuple[str, str], **fields: str) -> Asked:
    body = urlencode([*fields.items(), *pairs], safe="{}")
    return Asked("POST", path, body, FORM)


def review(token: str, **instead: Any) -> Asked:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}, **instead}
    path = "/api/v1/clusters/c0000000-0000-4000-8000-000000000001/tokenreview"
    asked = Asked("POST", path, json.dumps(body), JSON, query="timeout=30s")
    return asked.with_headers(Authorization=f"Bearer {cast.PROD_WEBHOOK_TOKEN}", Accept="application/json, */*")


def at_the_api(**body: Any) -> Asked:
    return Asked("POST", "/api/v1/token", json.dumps(body), JSON)


def bearer(method: str, path: str, token: str) -> Asked:
    return Asked(method, path).with_headers(Authorization=f"Bearer {token}")


CREDENTIALS = {"grantType": "client_credentials", "clientID": "robo", "clientSecret": cast.ROBO_SECRET}
# Those that the quick paths answer.
QUICK = {
    "review of a person": review("{cluster}"),
    "review of an application": review("{robo}"),
    "review of an opaque token": review("{opaque}"),
    "review, v1beta1": review("{cluster}", apiVersion="authentication.k8s.io/v1beta1"),
    "review of nonsense": review("nonsense"),
    "review of a token for the API": review("{api}"),
    "token by form": form(f"{PROTOCOL}/token", grant_type="client_credentials", **BY_SECRET),
    "token by Basic": form(f"{PROTOCOL}/token", grant_type="client_credentials").with_headers(Authorization=BASIC),
    "token with scope": form(f"{PROTOCOL}/token", grant_type="client_credentials", scope="openid groups", **BY_SECRET),
    "token for a cluster": form(
        f"{PROTOCOL}/token", grant_type="client_credentials", audience="{audience}", **BY_SECRET
    ),
    "token for a resource": form("/api/v2/token", grant_type="client_credentials", resource="{audience}", **BY_SECRET),
    "token at /api/v2": form("/api/v2/token", grant_type="client_credentials", **BY_SECRET),
    "token, wrong secret": form("/api/v2/token", grant_type="client_credentials", client_id="robo", client_secret="no"),
    "token at /api/v1": at_the_api(**CREDENTIALS),
    "token at /api/v1 for a cluster": at_the_api(**CREDENTIALS, audience="{audience}"),
    "token at /api/v1 for nobody": at_the_api(**CREDENTIALS, audience="nobody's"),
    "token at /api/v1, wrong secret": at_the_api(**{**CREDENTIALS, "clientSecret": "wrong"}),
    "app token": at_the_api(grantType="app_token", appID="robo", appSecret=cast.ROBO_SECRET),
    "refresh": form(f"{PROTOCOL}/token", grant_type="refresh_token", client_id="cli", refresh_token="{refresh}"),
    "refresh, narrowed": form(
        "/api/v2/token", grant_type="refresh_token", refresh_token="{refresh}", client_id="cli", scope="openid"
    ),
    "refresh of nonsense": form("/api/v2/token", grant_type="refresh_token", refresh_token="x"),
    "introspection": form(f"{PROTOCOL}/token/introspect", token="{robo_api}", **BY_SECRET),
    "introspection of another's": form(f"{PROTOCOL}/token/introspect", token="{api}", **BY_SECRET),
    "introspection of nonsense": form(f"{PROTOCOL}/token/introspect", token="x", **BY_SECRET),
    "userinfo": bearer("GET", f"{PROTOCOL}/userinfo", "{api}"),
    "userinfo, posted": bearer("POST", f"{PROTOCOL}/userinfo", "{api}"),
    "userinfo of an application": bearer("GET", f"{PROTOCOL}/userinfo", "{robo_api}"),
    "userinfo of nobody": Asked("GET", f"{PROTOCOL}/userinfo"),
    "keys": Asked("GET", f"{PROTOCOL}/certs"),
    "discovery": Asked("GET", "/auth/realms/runai/.well-known/openid-configuration"),
}

HEADERS = {
    "Accept": ("text/html", "application/json;q=0", "", "*/*;q=0.1", "application/yaml, */*", "application/xml"),
    "Accept-Encoding": ("gzip", "br, gzip;q=0", "identity"),
    "Authorization": ("Bearer", "bearer x", "Basic x", "Bearer a b", "Token abc", "Bearer \xff", "Basic Og==", BASIC),
    "Cookie": ("session=abc", "csrftoken=x; session=y", ""),
    "Host": ("testserver", "elsewhere.example.com", "127.0.0.1:8000", "a b", "testserver:99999999", ""),
    "Origin": ("https://shop.example.com", "null", "http://testserver"),
    "Content-Encoding": ("gzip",),
    "Expect": ("100-continue",),
    "If-None-Match": ("*", '"x"', 'W/"x"'),
    "If-Modified-Since": ("Sat, 28 Nov 2026 19:00:00 GMT",),
    "Referer": ("https://elsewhere.example.com/",),
    "User-Agent": ("kube-apiserver/v1.31", "x" * 1000, "a\x00b"),
    "X-Forwarded-For": ("203.0.113.7:51234", "203.0.113.7, 10.0.0.1", "nonsense", "[2001:db8::1]:443"),
    "X-Forwarded-Proto": ("https", "HTTPS, http", "http"),
    "X-Forwarded-Host": ("elsewhere.example.com",),
    "X-HTTP-Method-Override": ("GET", "DELETE"),
    "X-Request-ID": ("caller-chosen-1", "short", "a b"),
    "Transfer-Encoding": ("chunked",),
    "Sec-Purpose": ("prefetch",),
    "Script-Name": ("/prefix",),
    "Remote-Addr": ("127.0.0.1", "2001:db8::5", ""),
}
TYPES = (
    None,
    "",
    FORM,
    JSON,
    "text/plain",
    f"{JSON}; charset=utf-8",
    f"{FORM}; charset=UTF-8",
    f"{FORM};charset=latin-1",
    "a/b;;",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "APPLICATION/JSON",
    "application/json, text/plain",
    f"{FORM}; charset=nonsense",
    "application/vnd.kubernetes.protobuf",
)
BODIES = (
    "",
    " ",
    "{",
    "[]",
    "null",
    "\x00",
    "\xff\xfe",
    "a=b",
    "&" * 99,
    "&" * 101,
    "a=1&" * 99,
    "x" * 16_384,
    "x" * 16_385,
    "x" * 40_000,
    "grant_type=",
    "grant_type=client_credentials",
    "grant_type=password&username=a&password=b",
    "grant_type=refresh_token&refresh_token=x",
    "token=",
    "%",
    "%00=1",
    "a%00=%ff",
    '{"grantType": 1}',
    '{"a": NaN}',
    '{"grantType": "client_credentials", "grantType": "app_token"}',
    "[" * 30 + "]" * 30,
    '{"kind": "TokenReview"}',
)
QUERIES = ("format=xml", "format=json", "a=b", "client_secret=x", "grant_type=x", "%00", "&" * 100, "audience=x", "=")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "BREW")


VALUES: tuple[Any, ...] = ("", None, 7, [], {}, True, "x" * 101, " a ", "\u00e9", "a\n")


def changed(asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Every change of one thing."""
    yield from ((method, replace(asked, method=method)) for method in METHODS)
    for suffix in ("/", "//", "/x", ";x", ".json", "%20", " "):
        yield f"path{suffix}", replace(asked, path=asked.path + suffix)
    yield "path in capitals", replace(asked, path=asked.path.upper())
    yield "path, doubled slash", replace(asked, path=asked.path.replace("/", "//", 1))
    yield from ((f"type {given}", replace(asked, content_type=given)) for given in TYPES)
    yield from ((f"query {query[:20]}", replace(asked, query=query)) for query in QUERIES)
    yield from ((f"body {body[:40]!r}", replace(asked, body=body)) for body in BODIES)
    for name, values in HEADERS.items():
        yield from ((f"{name}: {value[:30]!r}", asked.with_headers(**{name: value})) for value in values)
    yield from _of_its_own(asked)


def _of_its_own(asked: Asked) -> Iterator[tuple[str, Asked]]:
    """Fields left out, doubled, empty, of other types and added."""
    if asked.content_type == FORM:
        yield from _of_form(asked)
    elif asked.content_type == JSON:
        yield from _of_json(asked)


def _of_form(asked: Asked) -> Iterator[tuple[str, Asked]]:
    pairs = asked.body.split("&")
    for at, pair in enumerate(pairs):
        name = pair.partition("=")[0]
        rest = pairs[:at] + pairs[at + 1 :]
        for label, more in (
            ("without", []),
            ("twice", [pair, pair]),
            ("empty", [f"{name}="]),
            ("odd", [f"{name}=%00"]),
        ):
            yield f"{name} {label}", replace(asked, body="&".join([*rest, *more]))
    for added in (
        "response_type=id_token",
        "scope=nonsense",
        "scope=openid%20x",
        "audience=x",
        "resource=a&resource=b",
        "client_assertion=x",
        "client_id=other",
        "unknown=1",
        "token_type_hint=refresh_token",
    ):
        yield f"and {added}", replace(asked, body=f"{asked.body}&{added}")


def _of_json(asked: Asked) -> Iterator[tuple[str, Asked]]:
    body: dict[str, Any] = json.loads(asked.body)
    for name in body:
        rest = {key: value for key, value in body.items() if key != name}
        yield f"without {name}", replace(asked, body=json.dumps(rest))
        yield f"{name} in capitals", replace(asked, body=json.dumps({**rest, name.upper(): body[name]}))
        for value in VALUES:
            yield f"{name} {value!r:.20}", replace(asked, body=json.dumps({**rest, name: value}))
    for extra in (
        {"unknown": 1},
        {"resource": "x"},
        {"spec": {"token": "x", "audiences": ["a"]}},
        {"scope": "openid"},
    ):
        yield f"and {extra}", replace(asked, body=json.dumps({**body, **extra}))
