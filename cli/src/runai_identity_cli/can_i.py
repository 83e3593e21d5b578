"""Say whether you may do something, and which access rules let you.

  runai-identity can-i create workspaces                    where you may
  runai-identity can-i create workspaces --project faces    whether you may there, and why

Exit codes: 0 yes, 1 no, 2 misspelt.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace
from difflib import get_close_matches
from urllib.parse import urlencode

from runai_identity_cli import answers, shapes, terminal
from runai_identity_cli.failures import BadRequest, Failure, Refused, Unusable, Usage
from runai_identity_cli.session import SavedSession

YES, NO = 0, 1
ACTIONS = ("create", "read", "update", "delete")
KINDS = ("project", "department")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("resource", help="a resource type of the access rules, such as workspaces, project, users")
    where = parser.add_mutually_exclusive_group()
    for kind in (*KINDS, "cluster"):
        where.add_argument(f"--{kind}", metavar="NAME")
    where.add_argument("--scope", metavar="ID", help="the id of any of them")


def run(args: Namespace, session: SavedSession) -> int:
    try:
        return _asked(args, session)
    except BadRequest as refusal:
        raise Usage(_misspelt(args.resource, str(refusal))) from None


def _misspelt(word: str, refusal: str) -> str:
    """Return what is nearest of the words that the server takes, which its refusal names; else all of them."""
    takes = re.search(r"It takes: (.+)\.", refusal)
    close = get_close_matches(word, takes[1].split(", ") if takes else [])
    return f"There is no resource type {word}. Did you mean {' or '.join(close)}?" if close else refusal


def _asked(args: Namespace, session: SavedSession) -> int:
    scope = _scope(args, session)
    if not scope:
        return _anywhere(args, session)
    query = urlencode({"action": args.action, "resourceType": args.resource, "scopeId": scope})
    answer = session.get(f"/api/v1/authorization/why?{query}")
    allowed, explanation = answers.flag(answer, "allowed"), answers.texts(answer, "explanation")
    terminal.out("yes" if allowed else "no")
    for sentence in explanation:
        terminal.out(f"  {sentence}")
    return YES if allowed else NO


def _scope(args: Namespace, session: SavedSession) -> str:
    if args.cluster:
        return session.cluster(args.cluster).uuid
    for kind in KINDS:
        name = getattr(args, kind)
        if name:
            return _named(session, kind, name)
    return args.scope or ""


def _named(session: SavedSession, kind: str, name: str) -> str:
    query = urlencode({"filterBy": f"name=={name}"})
    found = _units(session, kind, query)
    if not found:
        raise Refused(f"There is no {kind} {name} that you may see.")
    if len(found) > 1:
        raise Failure(f"Several are called {name}. Say which by its id: --scope ID, one of {', '.join(found)}.")
    return next(iter(found))


def _anywhere(args: Namespace, session: SavedSession) -> int:
    asked = {"action": args.action, "resourceType": args.resource}
    held = answers.record(session.post("/api/v1/authorization/permitted-scopes", asked), args.action)
    if answers.flag(held, "system") or answers.texts(held, "tenants"):
        places = ["everywhere"]
    else:
        kinds = ("cluster", *KINDS)
        places = [f"{kind} {one}" for kind in kinds for one in _names(session, kind, answers.texts(held, f"{kind}s"))]
    if not places:
        terminal.out(f"no: no access rule lets you {args.action} {args.resource} anywhere")
        return NO
    terminal.out(f"yes: {', '.join(places)}")
    return YES


def _names(session: SavedSession, kind: str, ids: list[str]) -> list[str]:
    """Return the names that people call them by, where one may read that, and else their ids."""
    if not ids:
        return []
    try:
        if kind == "cluster":
            known = {cluster.uuid: cluster.name for cluster in session.clusters()}
        else:
            known = _units(session, kind, "limit=500")
    except Refused:
        return ids
    return [known.get(id_, id_) for id_ in ids]


def _units(session: SavedSession, kind: str, query: str) -> dict[str, str]:
    """Return the names by id."""
    found = answers.records(session.get(f"/api/v1/org-unit/{kind}s?{query}"), f"{kind}s")
    known = {str(one.get("id", "")): answers.text(one, "name") for one in found}
    if not all(shapes.fits(shapes.ID, id_) for id_ in known):
        raise Unusable(f"The server's answer has no ids of {kind}s: is it a runai-identity server?")
    return known
