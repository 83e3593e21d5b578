"""No transaction is held across the network: who waits for somebody's server must not have others wait for rows."""

import ast
from collections.abc import Callable

import pytest
import requests
from django.db import transaction

from common.connections import InTransaction, refuse_in_transaction
from common.outbound import fetch, guard, session
from tests.habits.test_sizes_and_names import PRODUCT, ROOT
from tests.sso.conftest import op as op
from tests.sso.op import OP

REACHES_THE_NETWORK = {
    "socket",
    "ssl",
    "asyncio",
    "smtplib",
    "ftplib",
    "requests",
    "urllib3",
    "http.client",
    "urllib.request",
    "kubernetes",
    "authlib.integrations.requests_client",
}
# By the door, which refuses inside a transaction; or without a database at all.
KNOWN = {
    "common/connections.py": "the door",
    "common/outbound.py": "the door",
    "common/smtp.py": "the door to the mail server",
    "sso/oidc.py": "by outbound.guard",
    "tokens/services/backchannel.py": "by outbound.session",
    "audit/streams/sinks.py": "by outbound.session",
    "audit/streams/syslog.py": "to the operator's own server; refuses inside a transaction as the door does",
    "clustersync/services/doctor.py": "by outbound.session",
    "clustersync/agent/source.py": "the agent, which has no database",
    "clustersync/agent/kube.py": "the agent, which has no database",
    "clustersync/agent/health.py": "answers probes, and calls nobody",
    "sso/saml/sandbox.py": "a pair of sockets to a process of ours",
    "runai_identity/local_address.py": "before anything is served",
    "runai_identity/local_tls.py": "before anything is served; reads certificates",
    "runai_identity/draining.py": "closes what the server listens on",
    "runai_identity/asgi.py": "waits for requests, and asks nobody",
    "runai_identity/request_bodies.py": "waits for requests, and asks nobody",
    "runai_identity/tracing/collector.py": "to the operator's own server, from a thread that has no database",
    "runai_identity/telling.py": "to systemd, and to this server's own port, from a thread that has no database",
    "runai_identity/turns.py": "lets requests wait, and asks nobody",
}


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def reaches_the_network(name: str) -> bool:
    return any(name == known or name.startswith(f"{known}.") for known in REACHES_THE_NETWORK)


def test_nobody_else_reaches_the_network() -> None:
    there = {
        str(file.relative_to(ROOT))
        for file in PRODUCT
        if any(reaches_the_network(name) for name in imported(ast.parse(file.read_text())))
    }

    assert there == set(KNOWN)


@pytest.mark.parametrize("how", ["fetch", "session", "guard"])
def test_the_door_is_shut_inside_a_transaction(db: None, op: OP, how: str) -> None:
    ask: dict[str, Callable[[], object]] = {
        "fetch": lambda: fetch(f"{op.base}/jwks", most_bytes=10_000),
        "session": lambda: session().get(f"{op.base}/jwks", timeout=5),
        "guard": lambda: guard(requests.Session(), most_bytes=10_000).get(f"{op.base}/jwks"),
    }
    ask[how]()

    with transaction.atomic(), pytest.raises(InTransaction):
        ask[how]()
    assert len(op.asked) == 1


def test_it_is_open_without_a_database() -> None:
    refuse_in_transaction()
