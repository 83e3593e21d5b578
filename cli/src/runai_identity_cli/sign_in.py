"""Signing in, and what is kept of it."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

from runai_identity_cli import downloaded_from, oauth
from runai_identity_cli.address import origin_of
from runai_identity_cli.failures import Failure, Unusable, Usage
from runai_identity_cli.oauth import TokenResponse
from runai_identity_cli.renewal import secret_of
from runai_identity_cli.session import SERVER, SavedSession
from runai_identity_cli.shapes import PERSON, fits
from runai_identity_cli.web import Web

State = dict  # what Session keeps


def web_for(session: SavedSession, *, server: str = "", ca_file: str = "") -> Web:
    """Return the server that is named, or the remembered one with the authority that was named for it."""
    remembered = session.remembered()
    named = server or os.environ.get(SERVER, "") or str(remembered.get("server", "")) or downloaded_from
    if not named:
        raise Usage("Which server? Name it once: runai-identity login --server https://identity.example.com")
    origin = origin_of(named)
    if not ca_file and origin == remembered.get("server"):
        ca_file = str(remembered.get("ca_file", ""))
    return Web(origin, os.path.abspath(ca_file) if ca_file else "")


def sign_in(session: SavedSession, web: Web, *, how: str = "") -> None:
    """Sign a person in, `how` "browser" or "device", or whichever of them fits where we run."""
    endpoints = oauth.discover(web)
    if (how or fitting()) == "browser":
        from runai_identity_cli.browser import by_browser

        issued = by_browser(web, endpoints)
    else:
        from runai_identity_cli.device import by_device

        issued = by_device(web, endpoints)
    if not issued.refresh_token:
        raise Failure(
            f"{web.server} gave no refresh token. Its client {oauth.CLIENT_ID} has to allow the grant refresh_token."
        )
    who = {"name": _name_of(web, issued), "refresh_token": issued.refresh_token}
    _begin(session, web, endpoints, issued, who)


def sign_in_application(session: SavedSession, web: Web, *, client_id: str, secret_file: str) -> None:
    """Sign an application in, whose secret stays where its owner keeps it."""
    endpoints = oauth.discover(web)
    application = {"client_id": client_id, "secret_file": os.path.abspath(secret_file) if secret_file else ""}
    secret = secret_of(application)
    issued = oauth.by_secret(web, endpoints["token_endpoint"], client_id=client_id, secret=secret, audience="")
    _begin(session, web, endpoints, issued, {"name": client_id, "application": application})


def revoke(state: State[str, Any]) -> None:
    """End at the server every token of a sign-in. An application has nothing to give back."""
    if state.get("refresh_token"):
        web = Web(state["server"], state["ca_file"])
        oauth.revoke(web, state["endpoints"]["revocation_endpoint"], refresh_token=state["refresh_token"])


def fitting() -> str:
    """ "device" over SSH and where there is no display, because a browser there would be nobody's."""
    if any(os.environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        return "device"
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return "device" if sys.platform.startswith("linux") and not has_display else "browser"


def _name_of(web: Web, issued: TokenResponse) -> str:
    """Return what stands in the names of contexts, before the @."""
    for claim in ("email", "sub"):
        name = issued.claims.get(claim)
        if fits(PERSON, name):
            return str(name)
    raise Unusable(f"{web.server} does not say who signed in: is it a runai-identity server?")


def _begin(
    session: SavedSession, web: Web, endpoints: State[str, str], issued: TokenResponse, who: State[str, Any]
) -> None:
    replaced = session.kept()
    at = {"server": web.server, "ca_file": web.ca_file, "endpoints": endpoints}
    state = {**at, **who, "clusters": [], "tokens": {}}
    try:
        session.begin(state, issued)
    except Failure:  # the disk is full, say: what can't be kept is not to stay good at the server
        with contextlib.suppress(Failure):
            revoke(state)
        raise
    if replaced is not None:
        # Nobody could end it any more, and it would stay good at its server.
        with contextlib.suppress(Failure):
            revoke(replaced)
