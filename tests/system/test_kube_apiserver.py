"""A real kube-apiserver, told exactly what we generate for a cluster, verifies our tokens."""

import json
import ssl
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
from django.conf import settings as django_settings
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from accounts.models import Group, User
from clustersync import apiserver
from clustersync.models import Cluster, Kind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from tests import cast
from tests.system.kubernetes import ASSETS, APIServer, write_certificate
from tokens.services.clients import ensure_built_in_clients
from tokens.services.keys import ensure_keys

pytestmark = [
    pytest.mark.system,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not (ASSETS / "kube-apiserver").exists(), reason="KUBEBUILDER_ASSETS names no kube-apiserver"),
]

NAMESPACES = "/api/v1/namespaces"


@pytest.fixture
def kubernetes(tmp_path: Path) -> Iterator[APIServer]:
    server = APIServer(tmp_path)
    yield server
    server.stop()


def facts(cluster: Cluster, issuer: str, origin: str) -> apiserver.Facts:
    return apiserver.Facts(
        issuer=issuer, origin=origin, uuid=cluster.pk, name=cluster.scope.name, audience=cluster.audience,
        username_claim=cluster.username_claim, username_prefix=cluster.username_prefix,
        groups_prefix=cluster.groups_prefix,
    )  # fmt: skip


def token_for(user: User, audience: str) -> str:
    body = {"grantType": "password", "username": user.email, "password": cast.PASSWORD, "audience": audience}
    answer = APIClient().post("/api/v1/token", body, format="json")
    assert answer.status_code == 200, answer.content
    return str(answer.json()["accessToken"])


def forward_to(origin: str) -> type[BaseHTTPRequestHandler]:
    class Forward(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
            answer = requests.request(self.command, origin + self.path, headers=given, data=body, timeout=10)
            self.send_response(answer.status_code)
            for name in ("Content-Type", "Cache-Control"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.end_headers()
            self.wfile.write(answer.content)

        do_POST = do_GET

    return Forward


@pytest.fixture
def https(live_server: LiveServer, tmp_path: Path) -> Iterator[str]:
    """The same server under https, without which kube-apiserver trusts no issuer and sends no webhook token.

    Answers its origin.
    """
    folder = tmp_path / "issuer"
    folder.mkdir()
    crt, key = write_certificate(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), forward_to(live_server.url))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def by_webhook(kubernetes: APIServer, prod: Cluster, https: str, tmp_path: Path) -> APIServer:
    ensure_keys()
    ensure_built_in_clients()
    token = new_credential(actor=SYSTEM, cluster=prod, kind=Kind.WEBHOOK)
    config = json.loads(apiserver.webhook_kubeconfig(facts(prod, "", https), token=token))
    config["clusters"][0]["cluster"]["certificate-authority"] = str(tmp_path / "issuer" / "tls.crt")
    file = tmp_path / "webhook.json"
    file.write_text(json.dumps(config))
    flags = [flag.replace(apiserver.WEBHOOK_FILE, str(file)) for flag in apiserver.webhook_flags()]
    kubernetes.start([flag.replace("cache-ttl=30s", "cache-ttl=1s") for flag in flags])
    return kubernetes


def test_it_knows_the_user_and_the_groups_by_webhook(
    by_webhook: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    token = token_for(bob, prod.audience)

    refused = by_webhook.ask(token, NAMESPACES)
    by_webhook.bind_group("runai:researchers", "cluster-admin")
    allowed = by_webhook.ask(token, NAMESPACES)

    assert refused.status_code == 403
    assert 'User "runai:bob@example.com" cannot list' in refused.json()["message"]
    assert allowed.status_code == 200


def test_it_refuses_a_disabled_user_by_webhook(
    by_webhook: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    token = token_for(bob, prod.audience)
    assert by_webhook.ask(token, NAMESPACES).status_code == 403

    User.objects.filter(pk=bob.pk).update(enabled=False)
    deadline = time.monotonic() + 20
    while by_webhook.ask(token, NAMESPACES).status_code == 403 and time.monotonic() < deadline:
        time.sleep(0.5)

    # kube-apiserver keeps a yes for 10 s above the webhook's own cache.
    assert by_webhook.ask(token, NAMESPACES).status_code == 401


def test_it_refuses_a_token_for_another_audience_by_webhook(
    by_webhook: APIServer, prod: Cluster, bob: User, researchers: Group
) -> None:
    assert by_webhook.ask(token_for(bob, ""), NAMESPACES).status_code == 401


def test_it_knows_the_user_and_the_groups_by_oidc(
    kubernetes: APIServer, prod: Cluster, bob: User, researchers: Group, https: str, settings: Settings, tmp_path: Path
) -> None:
    ensure_keys()
    ensure_built_in_clients()
    settings.ISSUER = f"{https}/auth/realms/{django_settings.REALM}"
    flags = apiserver.oidc_flags(facts(prod, settings.ISSUER, https))
    kubernetes.start([*flags, f"--oidc-ca-file={tmp_path / 'issuer' / 'tls.crt'}"])
    token = token_for(bob, prod.audience)
    # Its first look at the issuer comes 10 s after the start.
    deadline = time.monotonic() + 30
    while kubernetes.ask(token, NAMESPACES).status_code == 401 and time.monotonic() < deadline:
        time.sleep(0.5)

    refused = kubernetes.ask(token, NAMESPACES)
    kubernetes.bind_group("runai:researchers", "cluster-admin")

    assert 'User "runai:bob@example.com" cannot list' in refused.json()["message"]
    assert kubernetes.ask(token, NAMESPACES).status_code == 200
    assert kubernetes.ask(token_for(bob, ""), NAMESPACES).status_code == 401
