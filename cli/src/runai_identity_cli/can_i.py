"""Say whether you may do something, and which access rules let you.

  runai-identity can-i create workspaces                    where you may
  runai-identity can-i create workspaces --project faces    whether you may there, and why

Exit codes: 0 yes, 1 no.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from urllib.parse import urlencode

from runai_identity_cli.failures import Failure, Refused
from runai_identity_cli.session import Session

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


def run(args: Namespace, session: Session) -> int:
    scope = _scope(args, session)
    if not scope:
        return _anywhere(args, session)
    query = urlencode({"action": args.action, "resourceType": args.resource, "scopeId": scope})
    answer = session.get(f"/api/v1/authorization/why?{query}")
    print("yes" if answer["allowed"] else "no")
    for sentence in answer["explanation"]:
        print(f"  {sentence}")
    return YES if answer["allowed"] else NO


def _scope(args: Namespace, session: Session) -> str:
    if args.cluster:
        return str(session.cluster(args.cluster)["uuid"])
    for kind in KINDS:
        name = getattr(args, kind)
        if name:
            return _named(session, kind, name)
    return args.scope or ""


def _named(session: Session, kind: str, name: str) -> str:
    query = urlencode({"filterBy": f"name=={name}"})
    found = session.get(f"/api/v1/org-unit/{kind}s?{query}")[f"{kind}s"]
    if not found:
        raise Refused(f"There is no {kind} {name} that you may see.")
    if len(found) > 1:
        ids = ", ".join(str(one["id"]) for one in found)
        raise Failure(f"Several are called {name}. Say which by its id: --scope ID, one of {ids}.")
    return str(found[0]["id"])


def _anywhere(args: Namespace, session: Session) -> int:
    asked = {"action": args.action, "resourceType": args.resource}
    held = session.post("/api/v1/authorization/permitted-scopes", asked)[args.action]
    places = [*(f"{kind} {one}" for kind in ("cluster", *KINDS) for one in _names(session, kind, held[f"{kind}s"]))]
    if held["system"] or held["tenants"]:
        places = ["everywhere"]
    if not places:
        print(f"no: no access rule lets you {args.action} {args.resource} anywhere")
        return NO
    print(f"yes: {', '.join(places)}")
    return YES


def _names(session: Session, kind: str, ids: list[str]) -> list[str]:
    """As people call them, where one may read that, and else their ids."""
    if not ids:
        return []
    try:
        known = (
            session.clusters() if kind == "cluster" else session.get(f"/api/v1/org-unit/{kind}s?limit=500")[f"{kind}s"]
        )
    except Refused:
        return ids
    names = {one.get("uuid") or one["id"]: str(one["name"]) for one in known}
    return [names.get(id_, id_) for id_ in ids]
