"""The URLconf, walked: what is not declared is refused, and what is open to all stands in a list."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from access.permissions import DeclaredPermission
from accounts.models import User
from common.api import PUBLIC, SIGNED_IN, Needs
from common.unknown_names import KnownParameters
from runai_identity.api_step_up import RecentlyAuthenticated
from tests.conftest import APIAs, BrowserAs

USUAL = [DeclaredPermission, KnownParameters, RecentlyAuthenticated]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAMPLES = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000", "str": "x", "slug": "x", "path": "x"}

# Its caller is Prometheus, with a token of its own: tests/operations/test_metrics.py.
METRICS = {"/metrics"}
OPEN_TO_ALL = {"/api/v1/token", "/v1/k8s/auth/oauth/apptoken"}
OPEN_TO_WHOEVER_IS_SIGNED_IN = {
    "/api/v1/me",
    "/api/v1/me/password",
    "/api/v1/me/clusters",
    "/api/v1/me/kubeconfig",
    "/api/v1/me/cluster-tokens",
    f"/api/v1/me/cluster-tokens/{SAMPLES['uuid']}",
    "/api/v1/authorization/me/access-rules",
    "/api/v1/authorization/me/access-rules/count",
    "/api/v1/authorization/permissions",
    "/api/v1/authorization/permitted-scopes",
    "/api/v1/authorization/why",
}
# Of oneself, in clusters that one reaches: tests/clustersync/test_asking_about_oneself.py. Who reaches none is refused.
OF_ONESELF = {f"/api/v1/clusters/{SAMPLES['uuid']}/{leaf}" for leaf in ("doctor", "verify-token")}
# Its caller is a cluster, with a credential of its own.
TOKENREVIEW = f"/api/v1/clusters/{SAMPLES['uuid']}/tokenreview"
RBAC_STATUS = f"/api/v1/clusters/{SAMPLES['uuid']}/rbac/status"
# Its callers are people, and a cluster's agent beside them.
RBAC = f"/api/v1/clusters/{SAMPLES['uuid']}/rbac"

PAGES_OPEN_TO_ALL = {
    "/login",
    "/login/passkey",
    "/language",
    "/branding/x",
    "/branding/x.css",
    "/recover",
    "/choose-password",
    "/logout",
    "/admin/logout/",
    "/healthz",
    "/readyz",
    "/session",
    "/session/stay",
    # The API's description, which is no secret.
    "/api/docs",
    "/api/docs/openapi.json",
    "/cli/runai-identity",
    "/.well-known/openid-configuration",
    "/auth/realms/runai/.well-known/openid-configuration",
    "/auth/realms/runai/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/auth/realms/runai",
    "/auth/realms/runai/protocol/openid-connect/certs",
    # The same documents for one cluster; its uuid stands in every token for it, in every kubeconfig of it.
    f"/api/v1/clusters/{SAMPLES['uuid']}/.well-known/openid-configuration",
    f"/api/v1/clusters/{SAMPLES['uuid']}/certs",
    "/auth/realms/runai/protocol/openid-connect/auth",
    # On to the request that was kept there while somebody signed in.
    "/auth/realms/runai/protocol/openid-connect/auth/kept/x",
    "/auth/realms/runai/protocol/openid-connect/logout",
    # Only with the page that was shown in the session: tests/protocol/oidc_rpinitiated.
    "/auth/realms/runai/protocol/openid-connect/logout/confirm",
    "/oauth-code",
    # What comes from a provider counts by its signature, and what comes from a browser by what that one began.
    "/auth/realms/runai/broker/sign-out",
    "/auth/realms/runai/broker/x/login",
    "/auth/realms/runai/broker/x/endpoint",
    "/auth/realms/runai/broker/x/endpoint/descriptor",
    "/auth/realms/runai/broker/x/continue",
    "/auth/realms/runai/broker/x/logout",
}
# Their callers are clients or carry a token: they are told what is missing, not where people sign in.
CLIENT_ENDPOINTS = {
    "/api/v2/token",
    "/auth/realms/runai/protocol/openid-connect/token",
    "/auth/realms/runai/protocol/openid-connect/auth/device",
    "/auth/realms/runai/protocol/openid-connect/userinfo",
    "/auth/realms/runai/protocol/openid-connect/token/introspect",
    "/auth/realms/runai/protocol/openid-connect/revoke",
    "/auth/realms/runai/protocol/openid-connect/registrations",
}


def walk(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found[1]], route), pattern.callback


ROUTES = list(walk(get_resolver().url_patterns))
VIEWS = {path: callback.cls for path, callback in ROUTES if hasattr(callback, "cls")}
CALLS = [(path, method) for path, view in VIEWS.items() for method in METHODS if hasattr(view, method.lower())]
PAGES = [path for path, callback in ROUTES if not hasattr(callback, "cls")]
ADMIN_PAGES = [path for path in PAGES if path.startswith("/admin/") and "(" not in path]


def declared(path: str) -> Any:
    return getattr(VIEWS[path], "requires", {})


def test_it_walks_what_there_is() -> None:
    assert len(CALLS) > 40
    assert len(ADMIN_PAGES) > 30


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_every_method_declares_what_it_needs(path: str, method: str) -> None:
    assert declared(path) in (PUBLIC, SIGNED_IN) or isinstance(declared(path).get(method), Needs)


def test_only_what_is_listed_is_open() -> None:
    assert {path for path in VIEWS if declared(path) is PUBLIC} == OPEN_TO_ALL
    assert {path for path in VIEWS if declared(path) is SIGNED_IN} == OPEN_TO_WHOEVER_IS_SIGNED_IN | {
        *OF_ONESELF,
        TOKENREVIEW,
        RBAC_STATUS,
    }


def test_only_what_is_listed_has_a_guard_of_its_own() -> None:
    unlike = {path for path, view in VIEWS.items() if view.permission_classes != USUAL}

    assert unlike == {TOKENREVIEW, RBAC, RBAC_STATUS}


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "method"), [call for call in CALLS if call[0] not in OPEN_TO_ALL])
def test_it_asks_a_stranger_for_a_token(path: str, method: str) -> None:
    answer = APIClient().generic(method, path, "{}", content_type="application/json")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == 401


@pytest.mark.parametrize(
    ("path", "method"),
    [call for call in CALLS if call[0] not in OPEN_TO_ALL | OPEN_TO_WHOEVER_IS_SIGNED_IN],
)
def test_it_refuses_who_may_nothing(charlie: User, api_as: APIAs, path: str, method: str) -> None:
    answer = api_as(charlie).generic(method, path, "{}", content_type="application/json")

    assert answer.status_code in (403, 404)


@pytest.mark.django_db
@pytest.mark.parametrize("path", [path for path in PAGES if path not in PAGES_OPEN_TO_ALL | CLIENT_ENDPOINTS | METRICS])
def test_it_sends_a_stranger_to_the_sign_in_page(client: Client, path: str) -> None:
    answers = [client.get(path), client.post(path)]

    for answer in answers:
        assert answer.status_code in (302, 404, 405)
        assert answer.status_code != 302 or answer.headers["Location"].startswith(("/login", "/admin/login"))
    assert 302 in {answer.status_code for answer in answers} or "(" in path


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(CLIENT_ENDPOINTS))
def test_it_gives_nothing_to_a_client_without_credentials(client: Client, path: str) -> None:
    form = "application/x-www-form-urlencoded"
    answer = client.post(path, "grant_type=client_credentials&client_id=nobody", content_type=form)

    assert answer.status_code in (400, 401)
    assert answer.json()["error"] in ("invalid_client", "invalid_request", "invalid_token")


def test_it_shows_no_page_of_the_admin_to_who_may_nothing(charlie: User, browser_as: BrowserAs) -> None:
    browser = browser_as(charlie)

    shown = {path for path in ADMIN_PAGES if browser.get(path).status_code == 200}

    assert shown == set()


class Undeclared(APIView):
    def get(self, request: Request) -> Response:
        return Response("secret")


class HalfDeclared(Undeclared):
    requires = {"GET": Needs("users", "read")}  # noqa: RUF012  as short as a forgetful author writes it

    def post(self, request: Request) -> Response:
        return Response("done")


@pytest.mark.parametrize(
    ("view", "method", "expected"),
    [
        (Undeclared, "GET", 403),
        (Undeclared, "PUT", 405),
        (HalfDeclared, "GET", 200),
        (HalfDeclared, "HEAD", 200),
        (HalfDeclared, "POST", 403),
        (HalfDeclared, "OPTIONS", 405),
        (HalfDeclared, "TRACE", 405),
    ],
)
def test_it_refuses_what_is_not_declared(ada: User, view: type[APIView], method: str, expected: int) -> None:
    request = APIRequestFactory().generic(method, "/")
    force_authenticate(request, user=ada)

    assert view.as_view()(request).status_code == expected


@pytest.mark.parametrize("needs", [Needs("users", "create"), Needs("department", "create")])
def test_it_refuses_before_it_reads_the_request(vera: User, needs: Needs) -> None:
    class Wanted(Undeclared):
        requires = {"GET": needs}  # noqa: RUF012  as above

    request = APIRequestFactory().get("/")
    force_authenticate(request, user=vera)

    assert Wanted.as_view()(request).status_code == 403
