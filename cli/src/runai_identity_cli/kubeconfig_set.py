"""Let kubectl reach your clusters: a context you@cluster for each, which takes its tokens from this sign-in.

It is written into the kubeconfig that kubectl uses: the first of $KUBECONFIG, or ~/.kube/config. All else but comments
stays, and so does the current context, unless there is none yet and you have one cluster, or you say --use. What has
the same name and isn't of this program is not replaced: that cluster is left out, and said, and the exit code is 1.
"""

from __future__ import annotations

import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from runai_identity_cli import kubeconfig_file, terminal
from runai_identity_cli.cluster import ListedCluster, without_address
from runai_identity_cli.failures import Failure, Refused, Usage
from runai_identity_cli.kubeconfig_entries import PROGRAM, WRITTEN, Entries, Owner, Unwritable, entries_for, is_ours
from runai_identity_cli.kubeconfig_file import View
from runai_identity_cli.session import SavedSession
from runai_identity_cli.shapes import CLUSTER_NAME, PERSON, fits

Body = dict  # of an entry, as YAML has it
AUTHORITY = "certificate-authority"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--cluster", action="append", default=[], metavar="NAME", help="this one alone; repeatable")
    parser.add_argument("--file", default="", metavar="FILE", help="another kubeconfig, made when it is not there")
    parser.add_argument("--use", default="", metavar="NAME", help="make this cluster's context kubectl's current one")
    parser.add_argument("--suffix", default="", metavar="TEXT", help="put after the names, where they are taken: -lab")
    parser.add_argument("--force", action="store_true", help="replace what has the same name and isn't of this program")


def run(args: Namespace, session: SavedSession) -> int:
    if args.suffix and not CLUSTER_NAME.fullmatch(f"a{args.suffix}"):
        raise Usage("--suffix takes lower-case letters, digits and hyphens: --suffix=-lab")
    file = os.path.abspath(args.file or kubeconfig_file.usual())
    wanted, refused = _wanted(args, session)
    with kubeconfig_file.alone_with(file):
        together = kubeconfig_file.read_together(file)
        view = View([kubeconfig_file.read(one) for one in together])
        if not args.force:
            wanted, taken = _free(wanted, view, session.server)
            refused += taken
        for why in refused:
            terminal.err(why)
        if not wanted:
            raise Failure(f"Nothing was written to {file}.")
        config = kubeconfig_file.read(file)
        for entries in wanted:
            _put(config, entries, view, force=args.force)
        current = _current(args.use, wanted, view)
        if current:
            config["current-context"] = current
        kubeconfig_file.write(file, config)
    _print(file, wanted, View([kubeconfig_file.read(one) for one in together]))
    return 1 if refused else 0


def _wanted(args: Namespace, session: SavedSession) -> tuple[list[Entries], list[str]]:
    """For each cluster that was meant its entries, or why there can be none."""
    clusters = session.clusters()
    if args.cluster:
        named = {session.cluster(name).uuid for name in args.cluster}
        clusters = [cluster for cluster in clusters if cluster.uuid in named]
    else:
        clusters = _with_address(clusters)
    owner = _owner(session)
    wanted, refused = [], []
    for cluster in sorted(clusters, key=lambda one: one.name):
        try:
            wanted.append(entries_for(cluster, owner, suffix=args.suffix))
        except Unwritable as why:
            refused.append(f"Left out {cluster.name}: {why}.")
    if not wanted:
        raise Refused(" ".join(refused) or "No cluster of yours can be written down.")
    return wanted, refused


def _with_address(clusters: list[ListedCluster]) -> list[ListedCluster]:
    """One without is not wrong, only not ready."""
    ready = [cluster for cluster in clusters if cluster.api_url]
    if not clusters:
        raise Refused("No access rule gives you anything in a cluster. Ask an administrator for a role there.")
    if not ready:
        raise Refused(without_address(clusters))
    if len(ready) < len(clusters):
        terminal.err(f"Left out. {without_address(clusters)}")
    return ready


def _owner(session: SavedSession) -> Owner:
    if not fits(PERSON, session.name):
        raise Failure("Who is signed in has no name that could stand in a kubeconfig. Run: runai-identity login")
    return Owner(session.server, session.name, _program(), session.store.profile)


def _program() -> str:
    """Return the program's name where kubectl will find it, and else its path: its folder may not be on the PATH."""
    here = os.path.abspath(sys.argv[0])
    return here if not shutil.which(PROGRAM) and os.access(here, os.X_OK) else PROGRAM


def _free(wanted: list[Entries], view: View, server: str) -> tuple[list[Entries], list[str]]:
    """Those that are in nobody's way, and what is in the way of the others."""
    taken = {entries.name: _in_the_way(entries, view, server) for entries in wanted}
    refused = [
        f"Left out {entries.cluster_name}: there is {taken[entries.name]} already, which {PROGRAM} has not made for it."
        " Choose another name with --suffix TEXT or another file with --file, or replace it with --force."
        for entries in wanted
        if taken[entries.name]
    ]
    return [entries for entries in wanted if not taken[entries.name]], refused


def _in_the_way(entries: Entries, view: View, server: str) -> str:
    """Return what stands there under one of these names and is not ours for this cluster, "" for nothing."""

    def ours(user: object) -> bool:
        return isinstance(user, str) and is_ours(view.users.get(user), entries.uuid, server)

    if entries.name in view.users and not ours(entries.name):
        return f"a user {entries.name}"
    if entries.name in view.contexts and not ours(_of(view.contexts[entries.name], "user")):
        return f"a context {entries.name}"
    cluster = view.clusters.get(entries.cluster_name)
    leading = [one for one in view.contexts.values() if _of(one, "cluster") == entries.cluster_name]
    is_mine = bool(leading) and all(ours(_of(context, "user")) for context in leading)
    if cluster is None or _is_the_same(cluster, entries.cluster) or is_mine:
        return ""
    return f"a cluster {entries.cluster_name} at {_of(cluster, 'server')}"


def _put(config: Body[str, Any], entries: Entries, view: View, *, force: bool) -> None:
    """Put the entries in, and keep the person's own options of a cluster or a context, such as a proxy."""
    was = view.clusters.get(entries.cluster_name)
    cluster, context = entries.cluster, entries.context
    if isinstance(was, dict) and not force:
        more = {key: value for key, value in was.items() if key not in (*WRITTEN, AUTHORITY)}
        cluster = {**entries.cluster, **more}
        _say_what_changes(entries, was, more)
    if entries.name in view.contexts and isinstance(view.contexts[entries.name], dict) and not force:
        leading = {key: entries.context[key] for key in ("cluster", "user")}
        context = {**entries.context, **view.contexts[entries.name], **leading}
    kubeconfig_file.put(config, "clusters", entries.cluster_name, cluster)
    kubeconfig_file.put(config, "users", entries.name, entries.user)
    kubeconfig_file.put(config, "contexts", entries.name, context)


def _say_what_changes(entries: Entries, was: Body[str, Any], more: Body[str, Any]) -> None:
    name = entries.cluster_name
    if was.get("server") != entries.cluster["server"]:
        terminal.err(f"{name} was at {was.get('server')}, and is at {entries.cluster['server']} now.")
    elif not _is_the_same(was, entries.cluster):
        terminal.err(f"{name} has another certificate authority now.")
    if more:
        terminal.err(f"{name} keeps what your file says of it: {', '.join(map(str, more))}.")


def _is_the_same(cluster: object, ours: Body[str, Any]) -> bool:
    return isinstance(cluster, dict) and {key: cluster[key] for key in (*WRITTEN, AUTHORITY) if key in cluster} == ours


def _current(use: str, wanted: list[Entries], view: View) -> str:
    """Return the context to make current, "" for none.

    Only what was asked for, or the only one where there is none yet.
    """
    if use:
        for entries in wanted:
            if use in (entries.uuid, entries.cluster_name, entries.name):
                return entries.name
        raise Refused(f"There is no context for {use} to use. Nothing was written.")
    return wanted[0].name if len(wanted) == 1 and not view.current else ""


def _print(file: str, wanted: list[Entries], now: View) -> None:
    terminal.out(f"Written to {file}. A context for each cluster{', * is the current one' if now.current else ''}:")
    for entries in wanted:
        terminal.out(f"{'*' if entries.name == now.current else ' '} {entries.name}")
    if not now.current:
        terminal.out(f"None is current yet. Choose with: {PROGRAM} kubeconfig set --use NAME")


def _of(entry: object, key: str) -> Any:
    return entry.get(key) if isinstance(entry, dict) else None
