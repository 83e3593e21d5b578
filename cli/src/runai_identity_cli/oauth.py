"""The grants of OAuth 2 that a command line uses, as a public client or as an application with a secret."""

from __future__ import annotations

import base64
import time
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from runai_identity_cli.address import is_within
from runai_identity_cli.connections import json_object
from runai_identity_cli.failures import Failure, NotSignedIn, Refused, Unreachable, Unusable
from runai_identity_cli.shapes import TOKEN, fits
from runai_identity_cli.web import Lost, Response, Web

CLIENT_ID = "runai-cli"
SCOPE = "openid email"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
DISCOVERY = "/.well-known/openid-configuration"
ENDPOINTS = (
    "authorization_endpoint",
    "token_endpoint",
    "device_authorization_endpoint",
    "revocation_endpoint",
)
LONGEST_LIFETIME = 24 * 3600  # seconds; an access token that is said to live longer is asked for again


class TokenResponse(NamedTuple):
    """`ends_at` in seconds since the epoch, by this machine's clock."""

    access_token: str
    ends_at: float
    refresh_token: str
    claims: dict[str, Any]


class Denied(Failure):
    """The token endpoint said no; `error` is its word for it (RFC 6749 §5.2)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description or error)
        self.error = error


def discover(web: Web) -> dict[str, str]:
    """Return the issuer and its endpoints, all of them at the server that was named (OpenID Connect Discovery §4)."""
    answer = web.get(web.server + DISCOVERY)
    if answer.status != 200:
        raise Unreachable(f"{web.server}{DISCOVERY} answers {answer.status}: is it a runai-identity server?")
    found = {name: answer.text(name) for name in ("issuer", *ENDPOINTS)}
    for name, url in found.items():
        if not is_within(url, web.server):
            raise Unreachable(
                f"{web.server} names an address of another server as its {name}. Sign in at the address that people"
                " use in their browsers; it is PUBLIC_URL in the server's configuration."
            )
    return found


def redeem(web: Web, endpoint: str, form: dict[str, str], *, authorization: str = "") -> TokenResponse:
    """Return what the token endpoint gives, or Denied."""
    asked_at = time.time()
    answer = web.post_form(endpoint, form, authorization=authorization)
    _raise_if_denied(web, answer)
    lifetime = answer.body.get("expires_in")
    if not isinstance(lifetime, int) or lifetime <= 0:
        raise Unusable("The server's answer does not say how long the token lives.")
    token = answer.text("access_token")
    if not fits(TOKEN, token):
        raise Unusable("The server's answer has an access token that no program could send.")
    return TokenResponse(
        access_token=token,
        ends_at=asked_at + min(lifetime, LONGEST_LIFETIME),
        refresh_token=answer.text("refresh_token") if answer.body.get("refresh_token") else "",
        claims=claims_of(answer.body.get("id_token", "")),
    )


def refresh(web: Web, endpoint: str, *, refresh_token: str, audience: str) -> TokenResponse:
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": refresh_token}
    if audience:
        form["resource"] = audience
    try:
        return redeem(web, endpoint, form)
    except Lost:
        # The server may have turned the token over, and for some seconds answers the old one as it did then.
        return redeem(web, endpoint, form)


def by_secret(web: Web, endpoint: str, *, client_id: str, secret: str, audience: str) -> TokenResponse:
    """RFC 6749 §4.4; both halves are form-encoded before they are put together (§2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    form = {"grant_type": "client_credentials"}
    if audience:
        form["resource"] = audience
    try:
        return redeem(web, endpoint, form, authorization=f"Basic {base64.b64encode(pair.encode()).decode()}")
    except Denied as denied:
        if denied.error == "invalid_client":
            message = f"{web.server} does not know the application {client_id} by this secret, or it is disabled."
            raise NotSignedIn(f"{message} Ask who made it for the client id and the secret.") from None
        raise


def revoke(web: Web, endpoint: str, *, refresh_token: str) -> None:
    """End the grant, and by that every token of it (RFC 7009)."""
    answer = web.post_form(endpoint, {"client_id": CLIENT_ID, "token": refresh_token})
    if answer.status != 200:
        raise Refused(f"{web.server} did not revoke the session (status {answer.status}). End it there under Account.")


def _raise_if_denied(web: Web, answer: Response) -> None:
    if answer.status == 200:
        return
    error = answer.body.get("error")
    if answer.status not in (400, 401) or not isinstance(error, str):
        raise Unreachable(f"{web.server} can't answer now (status {answer.status}). Try again in a moment.")
    description = answer.body.get("error_description")
    raise Denied(error, description if isinstance(description, str) else "")


def claims_of(id_token: object) -> dict[str, Any]:
    """Unverified: it came from the server itself over a connection that was (OpenID Connect Core §3.1.3.7, 6)."""
    if not id_token:
        return {}
    try:
        payload = str(id_token).split(".")[1]
        return json_object(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        raise Unusable("The server's ID token can't be read.") from None
