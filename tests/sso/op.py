"""An OpenID provider on loopback: real HTTP and real signatures, with a knob for every wrong answer."""

import base64
import hashlib
import json
import secrets
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote_plus, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

DISCOVERY = "/.well-known/openid-configuration"
CLIENT_ID = "runai"
CLIENT_SECRET = "a-secret-that-nobody-may-see-in-any-record"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
JANE = {"sub": "jane-1", "email": "jane@acme.com", "email_verified": True, "groups": ["developers"]}


def jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "use": "sig", "alg": "RS256"}


def half_hash(text: str) -> str:
    """Of an access token, for `at_hash` (Core §3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


class OP:
    """`claims` change the ID token (None leaves one out), `token_response` what stands beside it, `user` is what
    userinfo tells, and `instead` has what a path answers in place of the right thing: status, headers, body.
    """

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        self.user: dict[str, Any] = dict(JANE)
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.token_response: dict[str, Any] = {}
        self.signed_by: dict[str, Any] = {"key": KEY, "algorithm": "RS256", "headers": {"kid": "one"}}
        self.keys = [jwk(KEY, "one")]
        self.instead: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.hangs_at = ""
        self.closing = Event()
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh_tokens: set[str] = set()
        self.secrets_given: list[str] = [CLIENT_SECRET]
        self.asked: list[str] = []
        self.authenticated_by: list[str] = []
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    def discovery(self) -> dict[str, Any]:
        names = ("authorization", "token", "userinfo")
        document = {f"{name}_endpoint": f"{self.base}/{name}" for name in names}
        return {"issuer": self.base, **document, "jwks_uri": f"{self.base}/jwks", **self.metadata}

    def authorize(self, url: str) -> dict[str, str]:
        """What the browser brings back after somebody signed in there."""
        asked = dict(parse_qsl(urlsplit(url).query))
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        code = self.secret()
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def secret(self) -> str:
        made = secrets.token_urlsafe(24)
        self.secrets_given.append(made)
        return made

    def respond(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        if path == self.hangs_at:
            self.closing.wait(30)
        if path in self.instead:
            return self.instead[path]
        status, document = self._document(path, form, authorization)
        return status, {"Content-Type": "application/json"}, json.dumps(document).encode()

    def _document(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        if path == "/jwks":
            return 200, {"keys": self.keys}
        if path.partition("?")[0] == DISCOVERY:
            return 200, self.discovery()
        if path == "/token":
            return self._token(form, authorization)
        known = authorization.removeprefix("Bearer ") in self.secrets_given
        return (200, self.user) if known else (401, {"error": "invalid_token"})

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        self.authenticated_by.append("client_secret_basic" if authorization else "client_secret_post")
        if not _is_client(form, authorization):
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refresh_tokens:
                return 400, {"error": "invalid_grant"}
            self.refresh_tokens.remove(form["refresh_token"])
            return 200, self._tokens({})
        asked = self.codes.pop(form["code"], None)
        if asked is None or not _proves(asked, form):
            return 400, {"error": "invalid_grant", "error_description": "no such code"}
        return 200, self._tokens({"nonce": asked.get("nonce")})

    def _tokens(self, claims: dict[str, Any]) -> dict[str, Any]:
        access, refresh, now = self.secret(), self.secret(), int(time.time())
        self.refresh_tokens.add(refresh)
        of_token = {"iss": self.base, "aud": CLIENT_ID, "exp": now + 300, "iat": now, "sub": "jane-1"}
        of_token |= {"auth_time": now, "at_hash": half_hash(access), "sid": "session-1", **claims, **self.claims}
        raw = jwt.encode({name: value for name, value in of_token.items() if value is not None}, **self.signed_by)
        self.secrets_given.append(raw)
        answer = {"access_token": access, "token_type": "Bearer", "expires_in": 300}
        return {**answer, "refresh_token": refresh, "id_token": raw, **self.token_response}


def _is_client(form: dict[str, str], authorization: str) -> bool:
    # RFC 6749 §2.3.1: each half form-encoded.
    basic = base64.b64encode(f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}".encode()).decode()
    posted = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
    return authorization == f"Basic {basic}" or posted


def _proves(asked: dict[str, str], form: dict[str, str]) -> bool:
    """RFC 7636 §4.6, and the redirect URI (RFC 6749 §4.1.3)."""
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return challenge == asked["code_challenge"] and form.get("redirect_uri") == asked["redirect_uri"]


def _handler_of(op: OP) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer({name: values[0] for name, values in parse_qs(body).items()})

        def answer(self, form: dict[str, str]) -> None:
            status, headers, body = op.respond(self.path, form, self.headers.get("Authorization", ""))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:  # whoever asked has enough
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler
