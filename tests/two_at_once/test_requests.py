"""Requests that sign in, or fetch tokens, while another request deletes what they hang on: an answer below 500."""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from common.actors import SYSTEM
from sso.models import IdentityProvider
from sso.services.providers import update_provider
from tests import cast
from tests.sso.idp import IdP
from tests.sso.signing_in import connect, path_of
from tests.tokens.asking import SHOP_SECRET, VERIFIER, ask, post_form
from tests.two_at_once.interleaving import TwoAtOnce, two_connections
from tests.two_at_once.world import DEVICE_GRANT, World, plant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"),
]

Request = Callable[[World], Callable[[], Any]]


def as_shop(world: World, **body: object) -> Callable[[], Any]:
    return lambda: post_form("token", client_id=world.shop.client_id, client_secret=SHOP_SECRET, **body)


def sign_in_by_page(world: World) -> Callable[[], Any]:
    return lambda: Client().post("/login", {"email": world.alice.email, "password": cast.PASSWORD})


def ask_by_password(world: World) -> Callable[[], Any]:
    return lambda: ask(grantType="password", username=world.alice.email, password=cast.PASSWORD)


def refresh(world: World) -> Callable[[], Any]:
    return lambda: ask(grantType="refresh_token", refreshToken=world.own_refresh_token)


def refresh_as_shop(world: World) -> Callable[[], Any]:
    return as_shop(world, grant_type="refresh_token", refresh_token=world.refresh_token)


def redeem_a_code(world: World) -> Callable[[], Any]:
    redirect = world.code.redirect_uri
    return as_shop(
        world, grant_type="authorization_code", code=f"code-{world.n}", redirect_uri=redirect, code_verifier=VERIFIER
    )


def poll_for_a_device(world: World) -> Callable[[], Any]:
    return as_shop(world, grant_type=DEVICE_GRANT, device_code=f"CCCC-{world.n}")


def start_a_device(world: World) -> Callable[[], Any]:
    return lambda: post_form("auth/device", client_id=world.shop.client_id, client_secret=SHOP_SECRET, scope="openid")


def ask_for_the_application(world: World) -> Callable[[], Any]:
    return as_shop(world, grant_type="client_credentials")


def make_a_cluster_token(world: World) -> Callable[[], Any]:
    client = APIClient()
    shown = ask(grantType="refresh_token", refreshToken=world.own_refresh_token).json()["accessToken"]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {shown}")
    body = {"clusterId": world.edge.pk, "name": "nightly"}
    return lambda: client.post("/api/v1/me/cluster-tokens", body, format="json")


def sign_in_through_the_directory(world: World) -> Callable[[], Any]:
    return lambda: Client().get(path_of(world.acme, "continue"), {"handle": world.handle})


REQUESTS: tuple[Request, ...] = (
    sign_in_by_page,
    ask_by_password,
    refresh,
    refresh_as_shop,
    redeem_a_code,
    poll_for_a_device,
    start_a_device,
    ask_for_the_application,
    make_a_cluster_token,
    sign_in_through_the_directory,
)
DELETIONS: dict[str, Callable[[World], str]] = {
    "the user": lambda w: f"users/{w.alice.pk}",
    "the application": lambda w: f"apps/{w.shop.pk}",
    "the cluster": lambda w: f"clusters/{w.edge.pk}",
    "the group": lambda w: f"groups/{w.crew.pk}",
    "the directory": lambda w: f"idps/{w.acme.alias}",
    "the project": lambda w: f"org-unit/projects/{w.project.pk}",
}


def delete(boss: User, path: str) -> Callable[[], Any]:
    client = APIClient()
    client.force_authenticate(user=copy.deepcopy(boss))
    return lambda: client.delete(f"/api/v1/{path}")


# A change of everything at once, made of several verbs: all of them lock in one order.
CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "the user": ("patch", {"firstName": "A", "email": "moved-{n}@example.com", "enabled": False}),
    "the user's state": ("patch", {"lastName": "B", "enabled": False}),
    "the application": ("patch", {"displayName": "A", "scopes": ["openid"], "enabled": False}),
    "the cluster": ("patch", {"apiUrl": "https://k8s.example.com:6443", "enabled": False}),
    "the directory": ("put", {"emailDomains": ["acme.com"], "enabled": False}),
}


@pytest.fixture
def boss() -> User:
    return plant()


@pytest.fixture
def both(boss: User) -> Iterator[TwoAtOnce]:
    with two_connections() as pair:
        yield pair


@pytest.mark.parametrize("request_", REQUESTS, ids=[one.__name__ for one in REQUESTS])
def test_it_is_answered_while_what_it_hangs_on_is_deleted(both: TwoAtOnce, boss: User, request_: Request) -> None:
    count = both.count(request_(World(boss)))
    for name, path_in in DELETIONS.items():
        for at in sorted({1, (count + 1) // 2, count}):
            world = World(boss)
            one, two = both.run(request_(world), delete(boss, path_in(world)), at=at)
            assert str(one.ended) in ("done", "400", "401", "403", "404", "409"), (name, at, one.ended)
            assert two.ended == "done", (name, at, two.ended)


@pytest.mark.parametrize("kind", CHANGES)
def test_everything_of_it_is_changed_while_it_is_deleted(both: TwoAtOnce, boss: User, kind: str) -> None:
    path_in = next(DELETIONS[name] for name in DELETIONS if kind.startswith(name))
    method, template = CHANGES[kind]

    def change(world: World) -> Callable[[], Any]:
        client = APIClient()
        client.force_authenticate(user=copy.deepcopy(boss))
        body = {name: said.format(n=world.n) if name == "email" else said for name, said in template.items()}
        return lambda: getattr(client, method)(f"/api/v1/{path_in(world)}", body, format="json")

    for at in range(1, both.count(change(World(boss))) + 1):
        world = World(boss)
        one, two = both.run(change(world), delete(boss, path_in(world)), at=at)
        assert str(one.ended) in ("done", "404"), (at, one.ended)
        assert two.ended == "done", (at, two.ended)


def test_an_answer_of_a_directory_is_kept_or_refused_while_that_is_deleted(both: TwoAtOnce, boss: User) -> None:
    idp = IdP()

    def posted(provider: IdentityProvider) -> Callable[[], Any]:
        field = idp.unsolicited(name_id="jane-1", attributes={"email": ["jane@acme.com"]})
        return lambda: Client().post(path_of(provider, "endpoint"), {"SAMLResponse": field})

    count = both.count(posted(connect(idp, alias="first", allow_idp_initiated=True)))
    for at in range(1, count + 1):
        provider = connect(idp, alias=f"saml-{at}", allow_idp_initiated=True)
        one, two = both.run(posted(provider), delete(boss, f"idps/{provider.alias}"), at=at)
        assert (str(one.ended) in ("done", "401", "404"), two.ended) == (True, "done"), (at, one.ended, two.ended)


def test_ids_that_a_directory_may_not_set_any_more_are_not_set_by_a_sign_in_under_way(both: TwoAtOnce) -> None:
    idp = IdP()

    def posted(provider: IdentityProvider, email: str) -> Callable[[], Any]:
        field = idp.unsolicited(name_id=email, attributes={"email": [email], "UID": ["1200"]})
        kept = Client().post(path_of(provider, "endpoint"), {"SAMLResponse": field})
        return lambda: Client().get(kept["Location"])

    may: dict[str, Any] = {"allow_idp_initiated": True, "posix_ids": True}
    count = both.count(posted(connect(idp, alias="first", **may), "first@acme.com"))
    for at in range(1, count + 1):
        provider, email = connect(idp, alias=f"saml-{at}", **may), f"jane-{at}@acme.com"
        narrow = partial(update_provider, actor=SYSTEM, provider=provider, posix_ids=False)
        one, two = both.run(posted(provider, email), narrow, at=at)
        assert (one.ended, two.ended) == ("done", "done"), at
        assert User.objects.get(email=email).uid is None, at
