"""A new token by what is kept of a sign-in, and in words why there is none."""

from __future__ import annotations

import os
from typing import Any

from runai_identity_cli import oauth
from runai_identity_cli.failures import NotSignedIn, Refused
from runai_identity_cli.oauth import Denied, TokenResponse
from runai_identity_cli.web import Web

SECRET = "RUNAI_IDENTITY_CLIENT_SECRET"  # noqa: S105  the name of a variable


def renewed(state: dict[str, Any], web: Web, audience: str) -> TokenResponse:
    """For a person by their refresh token, for an application by its secret. NotSignedIn or Refused when it's over."""
    try:
        return _ask(state, web, audience)
    except Denied as denied:
        if denied.error == "invalid_target":
            state["clusters"] = []  # to be asked for afresh
            raise Refused(
                f"{web.server} knows no cluster with the audience {audience} any more. Try once more."
            ) from None
        if denied.error not in ("invalid_grant", "invalid_client", "unauthorized_client"):
            raise Refused(f"{web.server} refused: {denied}") from None
        if audience and _is_still_signed_in(state, web):
            message = "You may do nothing in this cluster any more, or it is disabled. Ask for an access rule there."
            raise Refused(message) from None
        raise _ended(state, web, denied) from None


def secret_of(application: dict[str, str]) -> str:
    """Read each time from where its owner keeps it: of an application's secret no second copy is made."""
    if application["secret_file"]:
        return read_secret(application["secret_file"])
    secret = os.environ.get(SECRET, "")
    if not secret:
        raise NotSignedIn(f"Give the secret of {application['client_id']}, in {SECRET} or by --secret-file at login.")
    return secret


def read_secret(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            secret = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotSignedIn(f"Can't read the secret in {path}: {getattr(error, 'strerror', 'not text')}.") from None
    if not secret:
        raise NotSignedIn(f"There is no secret in {path}.")
    return secret


def _ask(state: dict[str, Any], web: Web, audience: str) -> TokenResponse:
    endpoint = state["endpoints"]["token_endpoint"]
    application = state.get("application")
    if application is None:
        return oauth.refresh(web, endpoint, refresh_token=state["refresh_token"], audience=audience)
    secret = secret_of(application)
    return oauth.by_secret(web, endpoint, client_id=application["client_id"], secret=secret, audience=audience)


def _is_still_signed_in(state: dict[str, Any], web: Web) -> bool:
    """Ask without a cluster: the server does not say whether the session is over or access to the cluster."""
    try:
        issued = _ask(state, web, "")
    except Denied:
        return False
    state["refresh_token"] = issued.refresh_token or state.get("refresh_token")
    return True


def _ended(state: dict[str, Any], web: Web, denied: Denied) -> Exception:
    if state.get("application"):
        return Refused(f"{web.server} refused: {denied}")
    return NotSignedIn(f"Your sign-in at {web.server} is over: {denied} To sign in again: runai-identity login")
