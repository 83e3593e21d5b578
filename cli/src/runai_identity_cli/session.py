"""Keep who is signed in where, and give a fresh token for any audience: from the cache, or by one refresh.

Imported whenever kubectl asks: what takes time to import is imported where it is needed.
"""

from __future__ import annotations

import contextlib
import os
import time

from runai_identity_cli import terminal
from runai_identity_cli.asked_again import forget_others
from runai_identity_cli.cluster import ListedCluster, clusters_of
from runai_identity_cli.failures import BadRequest, Failure, NotSignedIn, Refused, Unreachable
from runai_identity_cli.kept import is_whole
from runai_identity_cli.store import Store, damaged

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing while kubectl waits
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from runai_identity_cli.oauth import TokenResponse
    from runai_identity_cli.web import Response, Web

CONTROL_PLANE = ""
SERVER = "RUNAI_IDENTITY_SERVER"
PROFILE = "RUNAI_IDENTITY_PROFILE"
USER = "RUNAI_IDENTITY_USER"
LOGIN = "Run: runai-identity login"
EARLY = 30  # seconds before its end that a token counts as over, for who is on the way with it
LONGEST_KEPT = 24 * 3600  # seconds; a token that seems to live longer was got while this machine's clock was ahead


class SavedToken:
    """`good_until` in seconds since the epoch, a little before it really ends.

    `replaced_at` is when the token was got in the place of one that was refused, 0 for never; `id` names it in files.
    """

    __slots__ = ("good_until", "id", "replaced_at", "value")

    def __init__(self, kept: dict[str, Any]) -> None:
        self.value, self.good_until = kept["token"], kept["good_until"]
        self.id, self.replaced_at = str(kept.get("id", "")), float(kept.get("replaced_at", 0))


class SavedSession:
    def __init__(self, profile: str = "") -> None:
        self.store = Store(profile or os.environ.get(PROFILE) or "default")
        self._state: dict[str, Any] | None = None

    # What is kept: `server` outlives a logout, `session` doesn't.

    @property
    def state(self) -> dict[str, Any]:
        """Return what is kept of the sign-in; NotSignedIn when there is none."""
        if self._state is None:
            found = self.store.read("session.json")
            if found is None:
                raise NotSignedIn(f"You are not signed in{self._at()}. {LOGIN}")
            if not is_whole(found):
                raise damaged(self.store.path("session.json"))
            self._state = found
        return self._state

    @property
    def server(self) -> str:
        return str(self.state["server"])

    @property
    def name(self) -> str:
        """Return the name of who is signed in, as it was then."""
        return str(self.state["name"])

    @property
    def is_application(self) -> bool:
        return bool((self.kept() or {}).get("application"))

    def kept(self) -> dict[str, Any] | None:
        """Return the state, if there is one that can be read."""
        try:
            return self.state
        except Failure:
            return None

    def remembered(self) -> dict[str, str]:
        """Return the `server` and `ca_file` of the last sign-in."""
        found = self.store.read("server.json") or {}
        return {name: value for name, value in found.items() if isinstance(value, str)}

    def begin(self, state: dict[str, Any], issued: TokenResponse) -> None:
        """Keep a sign-in, in the place of the one before."""
        self._state = state
        self._keep(issued, CONTROL_PLANE)
        with _undisturbed(), self.store.lock():
            self.store.write("server.json", {"server": state["server"], "ca_file": state["ca_file"]})
            self.store.write("session.json", state)

    def forget(self) -> None:
        with self.store.lock():
            self.store.remove("session.json")
        self._state = None

    def read_again(self) -> None:
        """Read again what another process may have written meanwhile."""
        self._state = None

    # Tokens.

    def token(self, audience: str = CONTROL_PLANE) -> SavedToken:
        """Return a token that is good for some time yet.

        One process asks the server, and the others read what it got.
        """
        return self._cached(audience) or self._asked_for(audience)

    def _cached(self, audience: str) -> SavedToken | None:
        kept = self.state["tokens"].get(audience)
        return SavedToken(kept) if kept is not None and 0 < kept["good_until"] - time.time() <= LONGEST_KEPT else None

    def replaced(self, refused: SavedToken, audience: str = CONTROL_PLANE) -> SavedToken:
        """Return another token than the refused one. Of many processes that were refused one asks the server."""
        return self._asked_for(audience, refused=refused)

    def _asked_for(self, audience: str, refused: SavedToken | None = None) -> SavedToken:
        whose = (self.server, self.name)
        # A token that the server has turned over must not get lost between its answer and the disk.
        with _undisturbed(), self.store.lock():
            self._state = None
            if (self.server, self.name) != whose:
                raise Failure(f"{self.name} signed in at {self.server} at this moment. Run it again.")
            cached = self._cached(audience)
            if cached is not None and (refused is None or cached.value != refused.value):
                return cached
            return self._renewed(audience, replaced_at=time.time() if refused else 0)

    def _renewed(self, audience: str, replaced_at: float) -> SavedToken:
        import json

        refusal = None
        with self.store.replacing("session.json") as file:
            try:
                self._keep(self._issued(audience), audience, replaced_at)
            except Refused as error:
                refusal = error  # finding out why may have turned the refresh token over
            file.write(json.dumps(self.state))
        if refusal is not None:
            raise refusal
        forget_others(self.store, {kept.get("id", "") for kept in self.state["tokens"].values()})
        return SavedToken(self.state["tokens"][audience])

    def _keep(self, issued: TokenResponse, audience: str, replaced_at: float = 0) -> None:
        now = time.time()
        good_until = issued.ends_at - min(EARLY, (issued.ends_at - now) / 4)
        tokens = {name: kept for name, kept in self.state["tokens"].items() if kept["good_until"] > now}
        new = {"token": issued.access_token, "good_until": good_until, "id": os.urandom(8).hex()}
        self.state["tokens"] = {**tokens, audience: {**new, "replaced_at": replaced_at}}
        if issued.refresh_token:
            self.state["refresh_token"] = issued.refresh_token

    def _issued(self, audience: str) -> TokenResponse:
        from runai_identity_cli.renewal import renewed

        return renewed(self.state, self.web(), audience)

    # The server's API.

    def web(self) -> Web:
        from runai_identity_cli.web import Web

        return Web(self.server, self.state["ca_file"])

    def goes_on(self) -> bool:
        """Return whether the server still honours this session: it may have been ended there, or be over."""
        if self.is_application:
            return True  # it has none at the server
        try:
            self.get("/api/v1/me")
        except (NotSignedIn, Refused) as answer:
            return isinstance(answer, Refused)
        return True

    def get(self, path: str) -> dict[str, Any]:
        """Return the answer of the server's API to the one who is signed in; Refused when it says no."""
        return self._answer(lambda token: self.web().get(self.server + path, token=token))

    def post(self, path: str, body: object) -> dict[str, Any]:
        return self._answer(lambda token: self.web().post_json(self.server + path, body, token=token))

    def _answer(self, ask: Callable[[str], Response]) -> dict[str, Any]:
        """Ask, and once more with another token if this one was withdrawn before its end (emergency rotation)."""
        token = self.token()
        answer = ask(token.value)
        return self._read(answer if answer.status != 401 else ask(self.replaced(token).value))

    def _read(self, answer: Response) -> dict[str, Any]:
        if answer.status < 300:
            return answer.body
        message = str(answer.body.get("message") or f"status {answer.status}")
        if answer.status == 401:
            raise NotSignedIn(f"{self.server} refuses the token that it gave just now: {message} {LOGIN}")
        if answer.status >= 500 or answer.status == 429:
            raise Unreachable(f"{self.server} can't answer now: {message}")
        raise Refused(f"{self.server} refused: {message}") if answer.status != 400 else BadRequest(message)

    # Clusters.

    def clusters(self) -> list[ListedCluster]:
        """Return the clusters in which one may do something, as the server says now.

        What can't be used is said and left.
        """
        from runai_identity_cli import answers

        usable, refused = clusters_of(answers.listed(self.get("/api/v1/me/clusters"), "clusters"))
        for why in refused:
            terminal.err(why)
        found = [one.kept() for one in usable]
        with self.store.lock():
            self._state = None
            if self.state.get("clusters") != found:
                self.state["clusters"] = found
                self.store.write("session.json", self.state)
        return usable

    def cluster(self, name: str) -> ListedCluster:
        """Return the cluster of this name, UUID or audience; what was heard of it before will do."""
        remembered, _ = clusters_of(self.state.get("clusters", []))
        found = _named(remembered, name)
        if found is not None:
            return found
        known = self.clusters()
        found = _named(known, name)
        if found is None:
            names = ", ".join(sorted(cluster.name for cluster in known))
            yours = f"Yours: {names}." if names else "There is none in which you may do anything."
            raise Refused(f"No cluster of yours is called {name}. {yours} Ask an administrator for an access rule.")
        return found

    def _at(self) -> str:
        server = self.remembered().get("server")
        return f" at {server}" if server else ""


def _named(clusters: list[ListedCluster], name: str) -> ListedCluster | None:
    for cluster in clusters:
        if cluster.uuid == name:
            return cluster
    found = [cluster for cluster in clusters if name in (cluster.name, cluster.audience)]
    if len(found) > 1:
        uuids = ", ".join(f"{cluster.name} is {cluster.uuid}" for cluster in found)
        raise Failure(f"Several clusters have the name or the audience {name}. Say which by its UUID: {uuids}.")
    return found[0] if found else None


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits, for what takes at most some seconds."""
    import signal

    held = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, held)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
