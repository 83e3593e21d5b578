"""Keycloak on PostgreSQL, as its documentation has it for production, on one node."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.load import Caller
from bench.peers.asking import Form, Refreshing, answer_to, as_client
from bench.peers.pooler import in_front_of_postgresql
from bench.server import HOST, Process, pin, wait_for, worker_of
from bench.works import SECRET
from tests import cast
from tests.ports import free_port

VERSION = "26.7.3"
FOLDER = Path(__file__).resolve().parent / f"keycloak-{VERSION}"
PATH = "/realms/bench/protocol/openid-connect"
WARM_UP = 20.0  # its just-in-time compiler has to have seen each work often
START_SECONDS = 300
# How many times as many requests this server is to answer.
GOALS = {
    "client credentials, RS256": 6,
    "client credentials, ES256": 6,
    "introspection": 2.5,
    "userinfo": 1,
    "refresh": 3,
    "password at /api/v1/token": 2.5,
}

ROBOT = {"secret": SECRET, "serviceAccountsEnabled": True, "standardFlowEnabled": False}
REALM: dict[str, Any] = {
    "realm": "bench",
    "enabled": True,
    "sslRequired": "none",
    "components": {
        "org.keycloak.keys.KeyProvider": [
            {"name": "rsa", "providerId": "rsa-generated", "config": {"keySize": ["2048"], "algorithm": ["RS256"]}},
            {"name": "ec", "providerId": "ecdsa-generated", "config": {"ecdsaEllipticCurveKey": ["P-256"]}},
            {"name": "hmac", "providerId": "hmac-generated", "config": {"algorithm": ["HS512"]}},
            {"name": "aes", "providerId": "aes-generated", "config": {}},
        ]
    },
    "clients": [
        {"clientId": "robot", **ROBOT},
        {"clientId": "fast-robot", **ROBOT, "attributes": {"access.token.signed.response.alg": "ES256"}},
        {
            "clientId": "shop",
            "secret": SECRET,
            "directAccessGrantsEnabled": True,
            "redirectUris": ["https://shop.example.com/callback"],
            "attributes": {"access.token.lifespan": "3600"},
        },
    ],
    "users": [
        {
            "username": "bob",
            "email": "bob@example.com",
            "firstName": "Bob",
            "lastName": "Example",
            "enabled": True,
            "emailVerified": True,
            "credentials": [{"type": "password", "value": cast.PASSWORD, "temporary": False}],
        }
    ],
}


def version() -> str:
    return f"Keycloak {VERSION}"


@contextmanager
def serving() -> Iterator[tuple[int, Process]]:
    with (
        in_front_of_postgresql("keycloak") as database,
        tempfile.TemporaryDirectory(prefix="keycloak-") as folder,
    ):
        program = _built(Path(folder) / FOLDER.name)
        port = free_port()
        running = subprocess.Popen(  # noqa: S603
            [*program, "start", *_options(port, database)],
            env={**os.environ, "KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": "of-a-bench"},
            preexec_fn=lambda: pin(0),
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_for(port, START_SECONDS)
            yield port, worker_of(running.pid)  # its script starts Java
        finally:
            running.terminate()
            running.wait(60)


def _built(home: Path) -> list[str]:
    """Return the command of a copy that is made for PostgreSQL, as the start of production asks for."""
    shutil.copytree(FOLDER, home)
    (home / "data/import").mkdir(parents=True)
    (home / "data/import/bench-realm.json").write_text(json.dumps(REALM))
    program = ["bash", str(home / "bin/kc.sh")]
    subprocess.run([*program, "build", "--db=postgres"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return program


def _options(port: int, database: int) -> list[str]:
    return [
        "--optimized",
        f"--db-url=jdbc:postgresql://{HOST}:{database}/keycloak",
        "--db-username=postgres",
        "--http-enabled=true",
        "--hostname-strict=false",
        f"--http-host={HOST}",
        f"--http-port={port}",
        f"--http-management-port={free_port()}",
        "--cache=local",
        "--import-realm",
    ]


def works(port: int) -> dict[str, Callable[[], Caller]]:
    token = f"{PATH}/token"
    password = as_client("shop", grant_type="password", username="bob", password=cast.PASSWORD, scope="openid")

    def refreshing() -> Caller:
        issued = answer_to(Form(token, password), port)
        return Refreshing(token, as_client("shop", grant_type="refresh_token", refresh_token=issued["refresh_token"]))

    access = answer_to(Form(token, password), port)["access_token"]
    return {
        "client credentials, RS256": lambda: Form(token, as_client("robot", grant_type="client_credentials")),
        "client credentials, ES256": lambda: Form(token, as_client("fast-robot", grant_type="client_credentials")),
        "refresh": refreshing,
        "introspection": lambda: Form(f"{token}/introspect", as_client("shop", token=access)),
        "userinfo": lambda: Form(f"{PATH}/userinfo", {}, header=f"Authorization: Bearer {access}"),
        "password at /api/v1/token": lambda: Form(token, password),
    }
