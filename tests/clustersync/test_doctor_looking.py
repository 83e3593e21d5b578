"""What the server itself sees of its own public address."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from clustersync.services.doctor import observe
from tests.keys import plant_keys


@pytest.fixture
def at(settings: Settings) -> Iterator[dict[str, object]]:
    """Somebody who stands where we should be; the test says what they answer."""
    says: dict[str, object] = {"status": 200, "body": b"", "location": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(str(says["status"])))
            self.send_header("Location", str(says["location"]))
            self.end_headers()
            self.wfile.write(says["body"])  # type: ignore[arg-type]  # bytes

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    publish_at(settings, f"http://127.0.0.1:{server.server_port}")
    yield says
    server.shutdown()
    server.server_close()


def publish_at(settings: Settings, origin: str) -> None:
    settings.PUBLIC_URL, settings.ISSUER = origin, f"{origin}/auth/realms/{django_settings.REALM}"


@pytest.mark.django_db(transaction=True)
def test_it_sees_itself(live_server: LiveServer, settings: Settings) -> None:
    plant_keys()
    publish_at(settings, live_server.url)

    seen = observe()

    assert (seen.failure, seen.status, seen.issuer, seen.max_age) == ("", 200, settings.ISSUER, 300)
    assert seen.kids and set(seen.key_types or ()) == {"RSA", "EC P-256"}
    assert seen.skew is not None and abs(seen.skew) < 5


def test_it_sees_a_page_that_is_not_ours(at: dict[str, object]) -> None:
    at["body"] = b"<html>Sign in</html>"

    assert (observe().status, observe().is_json) == (200, False)


def test_it_follows_nobody(at: dict[str, object]) -> None:
    at.update(status=302, location="http://169.254.169.254/latest?x")

    assert observe().redirected_to == "http://169.254.169.254/latest"


def test_it_fetches_keys_nowhere_else(at: dict[str, object]) -> None:
    at["body"] = b'{"issuer": "x", "jwks_uri": "http://169.254.169.254/keys"}'

    assert (observe().issuer, observe().kids) == ("x", None)


def test_it_sees_that_nothing_answers(settings: Settings) -> None:
    publish_at(settings, "http://127.0.0.1:1")

    assert observe().failure == "unreachable"


def test_it_says_nothing_of_a_network_that_it_may_not_look_into(at: dict[str, object], settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []

    assert observe().failure is None
