"""Measure how the server looks from this machine: is it reached, is its certificate trusted, do the clocks agree.

Nobody has to be signed in for that, and nothing that was found is an error here: it is an answer.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from runai_identity_cli.address import is_within
from runai_identity_cli.connections import TIMEOUT, HTTPConnection, HTTPSConnection, json_object, read

LONGEST = 256 * 1024
TRIES = 5
MOST_KEYS = 50  # that the doctor takes
SECONDS = 5.0  # for kubectl to say its version
VERSION = re.compile(r"v[0-9]{1,2}\.[0-9]{1,3}[A-Za-z0-9.+-]{0,30}\Z")
MAX_AGE = re.compile(r"max-age=([0-9]{1,9})", re.IGNORECASE)

Measured = dict  # by the names of the API: observed.skewSeconds, observed.kids …


class MeasuredAnswer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class Measurer:
    def __init__(self, server: str, ca_file: str = "") -> None:
        self.server, self.ca_file = server, ca_file

    def measure(self, uuid: str = "") -> Measured[str, Any]:
        """Measure discovery and the keys; with a cluster also how long its webhook takes."""
        try:
            issuer = _object(self._ask(f"{self.server}/.well-known/openid-configuration").body).get("issuer")
            at = issuer if isinstance(issuer, str) and is_within(issuer, self.server) else self.server
            answer = self._ask(f"{at}/.well-known/openid-configuration")
        except (OSError, http.client.HTTPException) as error:
            return _failed(error)
        seen = _of_discovery(answer)
        with contextlib.suppress(OSError, http.client.HTTPException):
            seen.update(self._of_keys(_object(answer.body).get("jwks_uri")))
            seen.update(self._of_webhook(uuid) if uuid else {})
        return seen

    def _of_keys(self, url: object) -> Measured[str, Any]:
        if not isinstance(url, str) or not is_within(url, self.server):
            return {}
        answer = self._ask(url)
        listed = _object(answer.body).get("keys")
        keys = [key for key in listed if isinstance(key, dict)][:MOST_KEYS] if isinstance(listed, list) else []
        max_age = _max_age(answer.headers.get("cache-control", ""))
        kids = [str(key.get("kid", ""))[:200] for key in keys]
        kinds = [f"{key.get('kty', '')} {key.get('crv', '')}".strip()[:50] for key in keys]
        seen = {"kids": kids, "keyTypes": kinds, "hasMaxAge": max_age is not None}
        return seen if max_age is None else {**seen, "maxAge": max_age}

    def _of_webhook(self, uuid: str) -> Measured[str, Any]:
        """Measure by GET: it is refused, takes the way there and back all the same, and is no API server's question."""
        url = f"{self.server}/api/v1/clusters/{uuid}/tokenreview"
        return {"webhookMilliseconds": round(median(self._ask(url).seconds for _ in range(TRIES)) * 1000, 1)}

    def _ask(self, url: str) -> MeasuredAnswer:
        parts = urlsplit(url)
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
        began = time.monotonic()
        try:
            connection.request("GET", parts.path or "/", headers={"Accept": "application/json"})
            answer = connection.getresponse()
            content = read(answer, LONGEST)
        finally:
            connection.close()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return MeasuredAnswer(answer.status, named, content, time.monotonic() - began)

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":
            return HTTPConnection(host, port, timeout=TIMEOUT)
        context = ssl.create_default_context()
        if self.ca_file:
            context.load_verify_locations(self.ca_file)
        return HTTPSConnection(host, port, timeout=TIMEOUT, context=context)


def _of_discovery(answer: MeasuredAnswer) -> Measured[str, Any]:
    document = _object(answer.body)
    seen: Measured[str, Any] = {
        "failure": "",
        "status": answer.status,
        "isJson": bool(document),
        "discoveryMilliseconds": round(answer.seconds * 1000, 1),
    }
    if 300 <= answer.status < 400:
        seen["redirectedTo"] = answer.headers.get("location", "").split("?")[0][:200]
    if isinstance(document.get("issuer"), str):
        seen["issuer"] = document["issuer"][:300]
    skew = _skew(answer.headers.get("date", ""))
    return seen if skew is None else {**seen, "skewSeconds": skew}


def _failed(error: Exception) -> Measured[str, Any]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return {"failure": "tls", "why": error.verify_message}
    if isinstance(error, ssl.SSLError):
        return {"failure": "tls", "why": error.reason or "the TLS handshake failed"}
    if isinstance(error, socket.timeout):
        return {"failure": "unreachable", "why": f"no answer within {TIMEOUT} seconds"}
    if isinstance(error, socket.gaierror):
        return {"failure": "unreachable", "why": "there is no such host"}
    return {"failure": "unreachable", "why": getattr(error, "strerror", None) or type(error).__name__}


def _skew(date: str) -> float | None:
    """Return how many seconds the server's clock is ahead; its header is rounded down to whole ones."""
    try:
        return round(parsedate_to_datetime(date).timestamp() + 0.5 - time.time(), 1)
    except (TypeError, ValueError, OverflowError):
        return None


def _max_age(header: str) -> int | None:
    found = MAX_AGE.search(header)
    return int(found[1]) if found else None


def _object(body: bytes) -> dict[str, Any]:
    try:
        return json_object(body)
    except ValueError:
        return {}


def kubectl_version() -> Measured[str, Any]:
    """Return the version of the kubectl that a shell would find here; empty where there is none."""
    program = shutil.which("kubectl")
    if program is None:
        return {}
    asked = [program, "version", "--client", "--output=json"]
    try:
        said = subprocess.run(asked, capture_output=True, timeout=SECONDS, check=True).stdout  # noqa: S603  of PATH
        version = json.loads(said)["clientVersion"]["gitVersion"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return {}
    return {"kubectlVersion": version} if isinstance(version, str) and VERSION.match(version) else {}
