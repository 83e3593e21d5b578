"""node oidc-provider, with everything in memory (bench/peers/node/server.js)."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from bench.load import Caller
from bench.peers.asking import Form, answer_to, as_client
from bench.server import Process, pin, wait_for
from tests.ports import free_port

FOLDER = Path(__file__).resolve().parent / "node"
WARM_UP = 5.0
GOALS = {"client credentials, RS256": 1}  # how many times as many requests this server is to answer


def version() -> str:
    installed: str = json.loads((FOLDER / "node_modules/oidc-provider/package.json").read_text())["version"]
    return f"node oidc-provider {installed}"


@contextmanager
def serving() -> Iterator[tuple[int, Process]]:
    keys = [
        RSAAlgorithm.to_jwk(rsa.generate_private_key(public_exponent=65537, key_size=2048), as_dict=True),
        ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True),
    ]
    port = free_port()
    command = ["node", "server.js", str(port), json.dumps({"keys": keys})]
    nowhere = subprocess.DEVNULL
    running = subprocess.Popen(command, cwd=FOLDER, preexec_fn=lambda: pin(0), stdout=nowhere, stderr=nowhere)  # noqa: S603
    try:
        wait_for(port)
        yield port, Process(running.pid)
    finally:
        running.terminate()
        running.wait(20)


def works(port: int) -> dict[str, Callable[[], Caller]]:
    asked = as_client("robot", grant_type="client_credentials")
    opaque = answer_to(Form("/token", asked), port)["access_token"]
    return {
        "client credentials, RS256": lambda: Form("/token", {**asked, "resource": "urn:rs256"}),
        "client credentials, ES256": lambda: Form("/token", {**asked, "resource": "urn:es256"}),
        "introspection": lambda: Form("/token/introspection", as_client("robot", token=opaque)),
    }
