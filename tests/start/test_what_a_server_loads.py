"""What a server has in memory: nothing that only rare requests, other servers or commands need."""

import os
import signal
import time
from pathlib import Path

import pytest
import requests

from tests.start.test_make_run import Start, start

pytestmark = pytest.mark.slow
__all__ = ["start"]

# Each worker writes down what it has loaded, on a signal.
TELLING = """
import os, signal, sys
from runai_identity import local

def tell(*_):
    with open(os.environ["DATA_DIR"] + f"/modules.{os.getpid()}", "w") as file:
        file.write("\\n".join([*sys.modules, "end"]))

signal.signal(signal.SIGUSR1, tell)
local.main()
"""
NEEDED_BY = {
    "saml2": "sign-ins through a directory",
    "xmlsec": "the same",
    "lxml": "the same",
    "segno": "the page that shows a QR code",
    "gunicorn": "the other server",
    "drf_spectacular.generators": "`manage.py openapi`; the description is served as a file",
    "django.core.management.commands.migrate": "the start, in a child of its own",
}


def loaded_by_a_worker(start: Start) -> set[str]:
    assert start.process
    master = start.process.pid
    (worker,) = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    told = start.data / f"modules.{worker}"
    told.unlink(missing_ok=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (told.exists() and told.read_text().endswith("\nend")):
        os.kill(int(worker), signal.SIGUSR1)
        requests.get(f"{start.url}/healthz", timeout=10)
        time.sleep(0.2)
    return set(told.read_text().splitlines())


def review(start: Start) -> requests.Response:
    """Ask as a cluster does, for a token that is none."""

    def post(path: str, body: object, bearer: str = "") -> requests.Response:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return requests.post(f"{start.url}{path}", json=body, headers=headers, timeout=30)

    password = {"grantType": "password", "username": "admin@runai.local", "password": "Correct-Horse-1"}
    token = post("/api/v1/token", password).json()["accessToken"]
    uuid = post("/api/v1/clusters", {"name": "prod"}, token).json()["uuid"]
    webhook = post(f"/api/v1/clusters/{uuid}/webhook-token", {}, token).json()["webhookToken"]
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "x"}}
    return post(f"/api/v1/clusters/{uuid}/tokenreview", body, webhook)


def test_it_has_loaded_nothing_that_it_does_not_need(start: Start) -> None:
    start.begin("-c", TELLING, WEB_CONCURRENCY="1", RUNAI_ADMIN_PASSWORD="Correct-Horse-1")
    start.wait_until_served()
    ready = loaded_by_a_worker(start)
    answered = review(start)
    reviewing = loaded_by_a_worker(start)

    assert answered.json()["status"]["authenticated"] is False
    assert "clustersync.services.review" in ready
    assert (NEEDED_BY.keys() & ready, NEEDED_BY.keys() & reviewing) == (set(), set())
