"""Get a token for a cluster, run by kubectl: print an ExecCredential, and nothing else.

'runai-identity kubeconfig set' writes it into your kubeconfig. When nobody is signed in and kubectl runs at a terminal,
it asks you to sign in first.
"""

from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser, Namespace

from runai_identity_cli import terminal
from runai_identity_cli.asked_again import is_asked_again, is_told_first
from runai_identity_cli.failures import Failure, NotSignedIn, Refused, Unreachable, Usage
from runai_identity_cli.session import PROFILE, SERVER, USER, SavedSession, SavedToken

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing while kubectl waits
if TYPE_CHECKING:
    from runai_identity_cli.cluster import ListedCluster

API = "client.authentication.k8s.io"
VERSIONS = (f"{API}/v1", f"{API}/v1beta1")
NOT_WITHIN = 5  # seconds after a token was replaced: a cluster that refuses the new one too has another reason
LONGEST_SIGN_IN = 600  # seconds that another process may take to sign somebody in


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--cluster", required=True, metavar="NAME", help="its name, UUID or audience")


def run(args: Namespace, session: SavedSession) -> int:
    asked = _asked()
    version = asked.get("apiVersion", VERSIONS[0])
    if version not in VERSIONS:
        raise Usage(f"This kubectl asks for {version}, and this program knows {' and '.join(VERSIONS)}.")
    try:
        token = _token(session, args.cluster, by_kubectl=bool(asked))
    except NotSignedIn as why:
        if not _is_somebody_there(asked) or session.is_application:
            raise
        terminal.err(why)
        token = _token_after_sign_in(session, args.cluster)
    terminal.exact(json.dumps(_credential(version, token)))
    return 0


def _asked() -> dict:  # type: ignore[type-arg]  # of Python 3.9
    """Return what kubectl says of itself; nothing where a person runs it."""
    try:
        asked = json.loads(os.environ.get("KUBERNETES_EXEC_INFO") or "{}")
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Usage("KUBERNETES_EXEC_INFO is not what kubectl sets.")
    return asked


def _is_somebody_there(asked: dict) -> bool:  # type: ignore[type-arg]
    spec = asked.get("spec")
    return isinstance(spec, dict) and spec.get("interactive") is True


def _token(session: SavedSession, name: str, *, by_kubectl: bool = True) -> SavedToken:
    _check_server(session)
    _check_user(session)
    cluster = session.cluster(name)
    token = session.token(cluster.audience)
    if by_kubectl and token.id and is_asked_again(session.store, token.id):
        return _still_good(session, cluster, token)
    return token


def _still_good(session: SavedSession, cluster: ListedCluster, token: SavedToken) -> SavedToken:
    """Return the token of a program that asks again if it is good still, and else another.

    kubectl asks again after the cluster refused it, and Python's client whenever it reads a kubeconfig. So the server
    is asked what the cluster should say of it.
    """
    name = cluster.name
    try:
        if _is_accepted(session, cluster, token):
            _say_once(session, token, name)
            return token
        if abs(time.time() - token.replaced_at) < NOT_WITHIN:  # the clock may have been set back since
            terminal.err(f"{name} refuses new tokens too. {_to_see_why(name)}")
            return token
        other = session.replaced(token, cluster.audience)
    except Unreachable as away:
        terminal.err(f"Whether the token that is kept for {name} is good still can't be asked: {away}")
        return token
    is_asked_again(session.store, other.id)
    terminal.err(
        f"The token that was kept for {name} was withdrawn, and there is another now. If kubectl failed, run it again."
    )
    return other


def _is_accepted(session: SavedSession, cluster: ListedCluster, token: SavedToken) -> bool:
    try:
        report = session.post(f"/api/v1/clusters/{cluster.uuid}/verify-token", {"token": token.value})
    except Refused:
        return False  # no access rule reaches the cluster any more, which the request for another token says
    return report.get("verdict") == "accepted"


def _say_once(session: SavedSession, token: SavedToken, name: str) -> None:
    """To each program, since who reads a kubeconfig often was refused nothing."""
    if is_told_first(session.store, token.id):
        terminal.err(f"The token that is kept for {name} is good still.")
        terminal.err(f"If {name} refuses it, there is another reason. {_to_see_why(name)}")


def _to_see_why(name: str) -> str:
    return f"To see why: runai-identity token --cluster {name} | runai-identity token verify --cluster {name}"


def _token_after_sign_in(session: SavedSession, cluster: str) -> SavedToken:
    """Sign in once for several calls of kubectl: the first asks the person, the others use its token."""
    from runai_identity_cli.sign_in import sign_in, web_for

    with session.store.lock("sign-in.lock", patience=LONGEST_SIGN_IN):
        session.read_again()
        try:
            return _token(session, cluster)
        except NotSignedIn:
            sign_in(session, web_for(session))
            return _token(session, cluster)


def _check_server(session: SavedSession) -> None:
    """Refuse a token for one server at another: a kubeconfig says where its tokens come from."""
    named = os.environ.get(SERVER, "")
    if not named or named == session.server:
        return
    from runai_identity_cli.address import origin_of

    if origin_of(named) != session.server:
        raise Failure(
            f"This kubeconfig takes its tokens from {named}, and you are signed in at {session.server}. Keep the two"
            " apart by profiles: RUNAI_IDENTITY_PROFILE=other runai-identity login --server URL, and kubeconfig set."
        )


def _check_user(session: SavedSession) -> None:
    """Refuse where a context is somebody else's: its name says as whom kubectl acts."""
    user = os.environ.get(USER, "")
    if not user or user == session.name:
        return
    profile = session.store.profile
    other = "" if profile == "default" else f"{PROFILE}={profile} "
    raise Failure(
        f"This context is for {user}, and {session.name} is signed in (profile {profile}). To act as {user}:"
        f" {other}runai-identity login. To keep both, let each sign in with a profile of their own, and write its"
        f" contexts: export {PROFILE}=other; runai-identity login; runai-identity kubeconfig set"
    )


def _credential(version: str, token: SavedToken) -> dict:  # type: ignore[type-arg]
    """ExecCredential of client.authentication.k8s.io; kubectl keeps it in memory until then."""
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(token.good_until))
    status = {"token": token.value, "expirationTimestamp": until}
    return {"apiVersion": version, "kind": "ExecCredential", "status": status}
