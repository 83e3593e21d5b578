"""Signing in with the browser of this machine: authorization code and PKCE, back to a port that the system chose.

RFC 8252 §7.3 (loopback), RFC 7636 (PKCE), RFC 9207 (who answered).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import queue
import secrets
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from runai_identity_cli import oauth, terminal
from runai_identity_cli.failures import Failure, NotSignedIn
from runai_identity_cli.oauth import CLIENT_ID, SCOPE, Denied, TokenResponse
from runai_identity_cli.web import Web

LONGEST = 300  # seconds
STUCK = 5  # seconds that a connection which asks nothing may take; browsers open such
PATH = "/callback"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>runai-identity</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem }}
</style>
<h1>{title}</h1><p>{text}</p></html>"""

Answered = dict


class Callback(ThreadingHTTPServer):
    """Takes the one answer that carries our state; whatever else asks here changes nothing."""

    daemon_threads = True

    def __init__(self, state: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = state
        self.answers: queue.Queue[Answered[str, str]] = queue.Queue()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{PATH}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: whoever speaks no HTTP here is not answered, and not printed either."""

    def wait(self) -> Answered[str, str]:
        deadline = time.monotonic() + LONGEST
        self.timeout = 0.2
        while time.monotonic() < deadline:
            self.handle_request()
            if not self.answers.empty():
                time.sleep(0.2)  # for the page to reach the browser
                return self.answers.get()
        raise NotSignedIn(f"Nobody signed in within {LONGEST // 60} minutes. Run: runai-identity login")


class Handler(BaseHTTPRequestHandler):
    timeout = STUCK
    server: Callback

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        answer = {name: values[0] for name, values in parse_qs(parts.query).items() if len(values) == 1}
        if parts.path != PATH or not hmac.compare_digest(answer.get("state", "").encode(), self.server.state.encode()):
            self._show(404, "Nothing here", "This is not the page that the sign-in comes back to.")
            return
        if "code" in answer:
            self._show(200, "Go back to your terminal", "It goes on there. You can close this page.")
        else:
            self._show(200, "You are not signed in", "Your terminal says why. You can close this page.")
        self.server.answers.put(answer)

    def _show(self, status: int, title: str, text: str) -> None:
        body = PAGE.format(title=title, text=text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the address holds a code, which belongs on no terminal."""


def by_browser(web: Web, endpoints: dict) -> TokenResponse:  # type: ignore[type-arg]  # of Python 3.9
    verifier = secrets.token_urlsafe(48)
    with Callback(secrets.token_urlsafe(32)) as callback:
        address = _address(endpoints["authorization_endpoint"], callback, verifier)
        terminal.say("Sign in, in your browser. If it does not open by itself, go there:", "", f"  {address}", "")
        webbrowser.open(address)
        answer = callback.wait()
        form = {
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "code": _code(answer, endpoints["issuer"]),
            "redirect_uri": callback.uri,
            "code_verifier": verifier,
        }
    try:
        return oauth.redeem(web, endpoints["token_endpoint"], form)
    except Denied as denied:
        raise NotSignedIn(f"{web.server} refused the sign-in: {denied} Try again: runai-identity login") from None


def _address(endpoint: str, callback: Callback, verifier: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": callback.uri,
        "scope": SCOPE,
        "state": callback.state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{endpoint}?{urlencode(asked)}"


def _code(answer: Answered[str, str], issuer: str) -> str:
    if answer.get("iss") != issuer:
        raise Failure("Somebody else than the server answered the sign-in. Nothing was sent to them. Try again.")
    if "code" not in answer:
        why = answer.get("error_description") or answer.get("error") or "no reason was given"
        raise NotSignedIn(f"You are not signed in: {why}")
    return answer["code"]
