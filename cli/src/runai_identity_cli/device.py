"""Signing in with the browser of another machine: a code to enter there, while this one waits (RFC 8628)."""

from __future__ import annotations

import time
from typing import Any

from runai_identity_cli import oauth, terminal
from runai_identity_cli.address import is_within
from runai_identity_cli.failures import NotSignedIn, Refused, Unreachable, Unusable
from runai_identity_cli.oauth import CLIENT_ID, DEVICE_CODE, SCOPE, Denied, TokenResponse
from runai_identity_cli.shapes import USER_CODE, fits
from runai_identity_cli.web import Response, Web

LONGEST = 1800  # seconds that anybody has for entering the code, whatever the server says
SLOWER = 5  # seconds more between two questions, when the server finds us hasty (§3.5)


def by_device(web: Web, endpoints: dict) -> TokenResponse:  # type: ignore[type-arg]  # of Python 3.9
    answer = web.post_form(endpoints["device_authorization_endpoint"], {"client_id": CLIENT_ID, "scope": SCOPE})
    if answer.status != 200:
        why = answer.body.get("error_description") or f"status {answer.status}"
        raise Refused(f"{web.server} gives no code for a device: {why}")
    _say_where(web, answer)
    seconds = _number(answer.body.get("expires_in"), 600, most=LONGEST)
    form = {"grant_type": DEVICE_CODE, "client_id": CLIENT_ID, "device_code": answer.text("device_code")}
    return _poll(web, endpoints["token_endpoint"], form, _number(answer.body.get("interval"), 5, most=60), seconds)


def _say_where(web: Web, answer: Response) -> None:
    page, code = answer.text("verification_uri"), answer.text("user_code")
    if not is_within(page, web.server):
        raise Unreachable(f"{web.server} sends you to another server to sign in. Its PUBLIC_URL is wrong.")
    if not fits(USER_CODE, code):
        raise Unusable(f"{web.server} gives a code that nobody could enter.")
    terminal.say("In any browser, open", "", f"  {page}", "", "and enter the code", "", f"  {code}", "")
    direct = answer.body.get("verification_uri_complete")
    if is_within(direct, web.server, query=True):
        terminal.say(f"or open {direct} and compare the code.", "")


def _poll(web: Web, endpoint: str, form: dict, interval: float, seconds: float) -> TokenResponse:  # type: ignore[type-arg]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(interval)
        try:
            return oauth.redeem(web, endpoint, form)
        except Denied as denied:
            if denied.error == "slow_down":
                interval += SLOWER
            elif denied.error == "access_denied":
                raise NotSignedIn("The sign-in was refused on the page where the code was entered.") from None
            elif denied.error != "authorization_pending":
                break
        except Unusable:
            raise
        except Unreachable as lost:
            interval = min(interval * 2, 60)  # §3.5
            terminal.say(f"{lost} Asking again in {interval:.0f} seconds.")
    raise NotSignedIn("The code has ended before anybody entered it. Run: runai-identity login")


def _number(value: Any, usual: int, *, most: int) -> int:
    return min(value, most) if isinstance(value, int) and value > 0 else usual
