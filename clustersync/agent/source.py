"""The server, as an agent in a cluster sees it: what the cluster should hold is fetched, what was done is reported."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from clustersync.agent.plan import Wanted
from clustersync.agent.received import NotRBAC
from clustersync.agent.reconcile import ReconcileResult

SECONDS = 30
MOST_BYTES = 64 * 1024 * 1024
CHUNK = 64 * 1024


class Unanswered(Exception):
    """The server doesn't answer, or not with what was asked for; the text says why, and never holds the credential."""


class ControlPlane:
    """`credential` is read each time: a new one takes effect when its file is replaced.

    `read` takes of an answer what may be taken (`received.received`).
    """

    def __init__(
        self, url: str, cluster: str, credential: Path, *, read: Callable[[object], Wanted], ca: Path | None = None
    ) -> None:
        self._at = f"{url.rstrip('/')}/api/v1/clusters/{cluster}/rbac"
        self._credential, self._read = credential, read
        self._session = requests.Session()
        # With each request, for that of a session yields to REQUESTS_CA_BUNDLE.
        self._trusted = str(ca) if ca else True
        self._etag = ""
        self._last: Wanted | None = None

    def wanted(self) -> Wanted:
        """Fetch what the cluster should hold; raise Unanswered. An answer that did not change is not read again."""
        answer, body = self._ask("GET", self._at, headers={"If-None-Match": self._etag} if self._last else {})
        if answer.status_code == 304 and self._last:
            return self._last
        try:
            self._last = self._read(json.loads(body))
        except (NotRBAC, ValueError, RecursionError):
            raise Unanswered("The server answered with something else than RBAC. Is its address right?") from None
        self._etag = answer.headers.get("ETag", "")
        return self._last

    def report(self, outcome: ReconcileResult, *, seconds: float, agent: str) -> None:
        """Tell the server how a pass of so many seconds went; raise Unanswered."""
        self._ask("PUT", f"{self._at}/status", json=report_of(outcome, seconds=seconds, agent=agent))

    def _ask(self, method: str, url: str, **kwargs: Any) -> tuple[requests.Response, bytes]:
        try:
            token = self._credential.read_text().strip()
        except OSError as error:
            raise Unanswered(f"The credential can't be read: {error}") from None
        headers = {"Authorization": f"Bearer {token}", **kwargs.pop("headers", {})}
        try:
            answer = self._session.request(
                method,
                url,
                headers=headers,
                timeout=SECONDS,
                allow_redirects=False,
                stream=True,
                verify=self._trusted,
                **kwargs,
            )
            with answer:
                body = _bounded(answer)
        except requests.exceptions.SSLError:
            raise Unanswered("The server's certificate is not trusted: name its CA in CA_FILE.") from None
        except requests.RequestException as error:
            raise Unanswered(f"The server can't be reached: {type(error).__name__}.") from None
        if answer.status_code in (401, 403):
            raise Unanswered("The server refused the agent's credential: make a new one on the cluster's page.")
        if answer.status_code not in (200, 204, 304):
            raise Unanswered(f"The server answered with status {answer.status_code}.")
        return answer, body


def _bounded(answer: requests.Response) -> bytes:
    body = bytearray()
    for chunk in answer.iter_content(CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unanswered("The server's answer is larger than any RBAC. Is its address right?")
    return bytes(body)


def report_of(outcome: ReconcileResult, *, seconds: float, agent: str) -> dict[str, Any]:
    """Return the body of PUT …/rbac/status; rules with one fate are together."""
    together: dict[tuple[str, str], list[int]] = {}
    for rule, fate in outcome.rules.items():
        together.setdefault(fate, []).append(rule)
    return {
        "agent": agent,
        "seconds": round(seconds, 3),
        "applied": outcome.applied,
        "unchanged": outcome.unchanged,
        "pruned": outcome.pruned,
        "failed": outcome.trouble,
        "left": outcome.left,
        "drift": [line[:500] for line in outcome.drift[:100]],
        "problems": [line[:500] for line in outcome.problems],
        "rules": [
            {"phase": phase, "message": message[:500], "ruleIds": rules} for (phase, message), rules in together.items()
        ],
    }
