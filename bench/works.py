"""What is measured: each work is something that callers ask for, over HTTP."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from accounts.services.throttle import reserve_try
from bench import saml
from bench.load import Caller
from clustersync.models import Cluster
from clustersync.services.tokens import create_token
from tests import cast
from tokens.models import Application
from tokens.services.clients import ensure_built_in_clients
from tokens.services.codes import save_code
from tokens.services.consents import remember
from tokens.services.grants import begin, begin_on_device
from tokens.services.issue import issue_to_application
from tokens.services.password import EVERYTHING

PROTOCOL = f"/auth/realms/{settings.REALM}/protocol/openid-connect"
SECRET = "bench-secret-" + "b" * 40
REDIRECT = "https://shop.example.com/callback"
VERIFIER = "verifier-" + "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SCOPE = "openid email profile groups"


@dataclass
class World:
    """A person in a group with access to a cluster, and the clients that ask."""

    user: User
    session: Session
    cluster: Cluster
    robot: Application
    fast_robot: Application
    shop: Application


def make_world() -> World:
    tree = cast.plant_tree()
    user = User.objects.create(email="bob@example.com", first_name="Bob")
    user.set_password(cast.PASSWORD)
    user.save()
    cast.make_group("researchers", user)
    cast.rule("group", "researchers", "L1 researcher", tree.faces)
    cast.rule("app", "robot", "L1 researcher", tree.faces)
    cluster = cast.make_prod_cluster(tree)
    ensure_built_in_clients()
    shop = _client(
        "shop",
        grant_types=["authorization_code", "refresh_token"],
        redirect_uris=REDIRECT,
        audiences=[cluster.audience],
    )
    remember(user=user, application=shop, scopes=SCOPE.split(), audience=cluster.audience)
    return World(
        user=user,
        session=start_session(user=user, kind=SessionKind.BROWSER),
        cluster=cluster,
        robot=_client("robot", grant_types=["client_credentials"]),
        fast_robot=_client("fast-robot", grant_types=["client_credentials"], algorithm="ES256"),
        shop=shop,
    )


def _client(name: str, **registration: Any) -> Application:
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    return Application.objects.create(name=name, client_id=name, secret_hash=digest, **registration)


@dataclass
class Repeating:
    """The same request again and again."""

    sent: bytes

    def request(self) -> bytes:
        return self.sent

    def answered(self, body: bytes) -> None:
        pass


@dataclass
class Redeeming:
    """A new code each time; its making is not measured."""

    codes: Iterator[str]

    def request(self) -> bytes:
        asked = {"code": next(self.codes), "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        return form("token", grant_type="authorization_code", **asked)

    def answered(self, body: bytes) -> None:
        pass


@dataclass
class Refreshing:
    """The refresh token of the last answer."""

    token: str

    def request(self) -> bytes:
        return form("token", grant_type="refresh_token", refresh_token=self.token)

    def answered(self, body: bytes) -> None:
        self.token = json.loads(body)["refresh_token"]


def post(path: str, body: str, content_type: str, *more: str) -> bytes:
    head = [
        f"POST {path} HTTP/1.1",
        f"Host: {settings.ALLOWED_HOSTS[0]}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        *more,
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


def form(endpoint: str, **fields: str) -> bytes:
    """As the shop, unless it says who else."""
    who = {} if "client_id" in fields else {"client_id": "shop", "client_secret": SECRET}
    return post(f"{PROTOCOL}/{endpoint}", urlencode({**who, **fields}), "application/x-www-form-urlencoded")


def by_secret(name: str) -> bytes:
    return form("token", grant_type="client_credentials", client_id=name, client_secret=SECRET)


def at_the_token_api(**fields: str) -> bytes:
    return post("/api/v1/token", json.dumps(fields), "application/json")


def review_of_person(world: World) -> bytes:
    """By the token that kubectl has of our command line."""
    audience = world.cluster.audience
    tried = reserve_try(world.user.email)
    issued = begin_on_device(user=world.user, client_id="runai-cli", audience=audience, scope=EVERYTHING, tried=tried)
    return review(world, issued.access_token)


def review_of_application(world: World) -> bytes:
    return review(world, issue_to_application(application=world.robot, audience=world.cluster.audience).access_token)


def review_of_opaque_token(world: World) -> bytes:
    return review(world, create_token(actor=world.user, session=world.session, cluster=world.cluster, name="bench")[1])


def review(world: World, token: str) -> bytes:
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    path = f"/api/v1/clusters/{world.cluster.pk}/tokenreview"
    return post(path, json.dumps(body), "application/json", f"Authorization: Bearer {cast.PROD_WEBHOOK_TOKEN}")


def _tokens(world: World, audience: str = "") -> Any:
    return begin(session=world.session, application=world.shop, scope=SCOPE, audience=audience)[0]


def _codes(world: World) -> Iterator[str]:
    while True:
        code = secrets.token_urlsafe(24)
        save_code(
            code,
            session=world.session,
            application=world.shop,
            redirect_uri=REDIRECT,
            scope=SCOPE,
            code_challenge=CHALLENGE,
        )
        yield code


def _the_same(request: Callable[[World], bytes]) -> Callable[[World], Callable[[int], list[Caller]]]:
    return lambda world: lambda many: [Repeating(request(world)) for _ in range(many)]


@dataclass(frozen=True)
class Work:
    name: str
    callers: Callable[[World], Callable[[int], list[Caller]]]
    goal: int | None
    """Requests per second and core: docs/benchmarks.md says where they come from."""


WORKS = (
    Work("client credentials, RS256", _the_same(lambda w: by_secret("robot")), 1500),
    Work("client credentials, ES256", _the_same(lambda w: by_secret("fast-robot")), 2500),
    Work(
        "client credentials at /api/v1/token",
        _the_same(lambda w: at_the_token_api(grantType="client_credentials", clientID="robot", clientSecret=SECRET)),
        None,
    ),
    Work("code exchange", lambda w: lambda many: [Redeeming(_codes(w)) for _ in range(many)], None),
    Work("refresh", lambda w: lambda many: [Refreshing(_tokens(w).refresh_token) for _ in range(many)], 400),
    Work("introspection", _the_same(lambda w: form("token/introspect", token=_tokens(w).access_token)), 2000),
    Work(
        "userinfo",
        _the_same(
            lambda w: post(f"{PROTOCOL}/userinfo", "", "text/plain", f"Authorization: Bearer {_tokens(w).access_token}")
        ),
        None,
    ),
    Work("TokenReview of a person's token", _the_same(review_of_person), 3000),
    Work("TokenReview of an application's", _the_same(review_of_application), None),
    Work("TokenReview of an opaque token", _the_same(review_of_opaque_token), None),
    Work(
        "password at /api/v1/token",
        _the_same(lambda w: at_the_token_api(grantType="password", username=w.user.email, password=cast.PASSWORD)),
        40,
    ),
    Work("SAML response, signed", saml.callers(saml.Posting), None),
    Work("SAML response, signed and encrypted", saml.callers(saml.Posting, encrypted=True), None),
    Work("SAML sign-in finished by the browser", saml.callers(saml.Coming), None),
)
