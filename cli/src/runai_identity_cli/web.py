"""The only module that talks HTTP: to one server, without redirects, within ten seconds, and never with a stranger."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request
from typing import Any, NamedTuple
from urllib.parse import urlencode

from runai_identity_cli import __version__
from runai_identity_cli.connections import TIMEOUT, HTTPHandler, HTTPSHandler, json_object, read
from runai_identity_cli.failures import Failure, Unreachable, Unusable
from runai_identity_cli.proxies import handler_for
from runai_identity_cli.shapes import OPAQUE, fits

LONGEST = 4 * 1024 * 1024
USER_AGENT = f"runai-identity/{__version__}"


class Response(NamedTuple):
    """`body` is the JSON object that came, and of a refusal also empty where something else was to come."""

    status: int
    body: dict[str, Any]

    def text(self, name: str) -> str:
        """Return a string of printable ASCII that has to be there."""
        value = self.body.get(name)
        if not isinstance(value, str) or not fits(OPAQUE, value):
            raise Unusable(f"The server's answer has no {name} that can be used: is it a runai-identity server?")
        return value


class Lost(Unreachable):
    """The request went out, and no answer came: nobody knows whether it was carried out."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        """Follow no redirect: a token goes where it was meant to go, or nowhere."""


class Web:
    def __init__(self, server: str, ca_file: str = "") -> None:
        self.server, self.ca_file = server, ca_file
        self._opener: urllib.request.OpenerDirector | None = None
        self._proxy = ""  # host:port of the one on the way

    def get(self, url: str, *, token: str = "") -> Response:
        return self._ask(urllib.request.Request(url, headers=_headers(token)))  # noqa: S310  https, or loopback

    def post_form(self, url: str, form: dict[str, str], *, authorization: str = "") -> Response:
        headers = {**_headers(), "Content-Type": "application/x-www-form-urlencoded"}
        if authorization:
            headers["Authorization"] = authorization
        return self._ask(urllib.request.Request(url, urlencode(form).encode(), headers))  # noqa: S310  as above

    def post_json(self, url: str, body: object, *, token: str = "") -> Response:
        headers = {**_headers(token), "Content-Type": "application/json"}
        return self._ask(urllib.request.Request(url, json.dumps(body).encode(), headers))  # noqa: S310  as above

    def _ask(self, request: urllib.request.Request) -> Response:
        try:
            with self._open().open(request, timeout=TIMEOUT) as answer:
                return Response(answer.status, self._decoded(read(answer, LONGEST)))
        except urllib.error.HTTPError as error:
            with error:
                return Response(error.code, self._said(error))
        except urllib.error.URLError as error:
            raise self._why(error.reason) from None
        except socket.timeout:
            raise self._too_slow() from None
        except (http.client.HTTPException, OSError) as error:
            raise Lost(f"{self.server} broke off before it answered ({_named(error)}). Try again.") from None

    def _open(self) -> urllib.request.OpenerDirector:
        if self._opener is None:
            proxies, self._proxy = handler_for(self.server)
            https = HTTPSHandler(context=self._trusting())
            self._opener = urllib.request.build_opener(HTTPHandler(), https, proxies, _NoRedirect)
        return self._opener

    def _trusting(self) -> ssl.SSLContext:
        """Return what this machine trusts, and the authority that was named."""
        context = ssl.create_default_context()
        if self.ca_file:
            try:
                context.load_verify_locations(self.ca_file)
            except (OSError, ssl.SSLError) as error:
                raise Failure(f"Can't read certificates from {self.ca_file}: {_named(error)}.") from None
        return context

    def _why(self, reason: object) -> Failure:
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Unreachable(
                f"{self.server} can't be trusted: {reason.verify_message}. Where an authority of your own signed its"
                " certificate, name that: runai-identity login --ca-file FILE"
            )
        if isinstance(reason, socket.timeout):
            return self._too_slow()
        if isinstance(reason, ConnectionRefusedError):
            where = f"the proxy {self._proxy} of HTTPS_PROXY" if self._proxy else self.server
            return Unreachable(f"Nothing answers at {where} (connection refused). Is it up?")
        by = f" by the proxy {self._proxy} of HTTPS_PROXY" if self._proxy else ""
        return Unreachable(f"{self.server} can't be reached{by}: {_named(reason)}.")

    def _too_slow(self) -> Unreachable:
        return Unreachable(f"{self.server} did not answer within {TIMEOUT} seconds. Is it up?")

    def _said(self, error: urllib.error.HTTPError) -> dict[str, Any]:
        """Return the body of a refusal, which needs none."""
        try:
            return json_object(read(error, LONGEST))
        except (ValueError, http.client.HTTPException, OSError):
            return {}

    def _decoded(self, body: bytes) -> dict[str, Any]:
        try:
            return json_object(body or b"{}")
        except ValueError:
            raise Unusable(f"{self.server} answered something else than JSON: is it a runai-identity server?") from None


def _headers(token: str = "") -> dict[str, str]:
    headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
    return {**headers, "Authorization": f"Bearer {token}"} if token else headers


def _named(error: object) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
