"""Every way by which a token is issued or honoured."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.test import Client
from rest_framework.test import APIClient

from tests import cast
from tests.clustersync import opaque
from tests.gate.choosing import by_a_link_to_choose_a_password
from tests.gate.world import World
from tests.tokens import asking
from tests.tokens.asking import ask, call_api, post_form


def ok(**body: object) -> bool:
    return bool(ask(**body).status_code == 200)


def by_the_password(world: World, **more: object) -> bool:
    return ok(grantType="password", username=world.user.email, password=cast.PASSWORD, **more)


def by_the_password_in_the_platforms_form(world: World) -> bool:
    shown = {"grant_type": "password", "username": world.user.email, "password": cast.PASSWORD}
    form = "application/x-www-form-urlencoded"
    # From where others guess: an address where the person signed in before has tries of its own.
    answer = Client().post("/api/v2/token", urlencode(shown), content_type=form, REMOTE_ADDR="192.0.2.10")
    return answer.status_code == 200


def by_the_refresh_token(world: World, **more: object) -> bool:
    return ok(grantType="refresh_token", refreshToken=world.held["refreshToken"], **more)


def by_the_secret(world: World, grant: str, **more: object) -> bool:
    names = ("appID", "appSecret") if grant == "app_token" else ("clientID", "clientSecret")
    return ok(grantType=grant, **dict(zip(names, ("robo", cast.ROBO_SECRET), strict=True)), **more)


def by_the_older_form(world: World) -> bool:
    body = {"id": "robo", "name": "robo", "secret": cast.ROBO_SECRET}
    return APIClient().post("/v1/k8s/auth/oauth/apptoken", body, format="json").status_code == 200


def as_bearer(world: World) -> bool:
    return call_api(world.held.get("accessToken") or world.held["access_token"]).status_code == 200


def by_review(world: World) -> bool:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {cast.PROD_WEBHOOK_TOKEN}")
    token = world.held.get("accessToken") or world.held.get("token") or world.held["access_token"]
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    answer = client.post(f"/api/v1/clusters/{world.cluster.pk}/tokenreview", review, format="json")
    assert answer.status_code == 200, answer.content
    return bool(answer.json()["status"]["authenticated"])


def makes_a_cluster_token(world: World) -> bool:
    answer = opaque.make(opaque.showing(world.held["accessToken"]), world.cluster)
    return bool(answer.status_code == 201)


def by_the_code(world: World) -> bool:
    return bool(asking.redeem(world.held.pop()).status_code == 200)


def by_the_shops_refresh_token(world: World) -> bool:
    answer = post_form("token", grant_type="refresh_token", refresh_token=world.held["refresh_token"])
    return bool(answer.status_code == 200)


def by_the_device_code(world: World) -> bool:
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    answer = post_form("token", grant_type=grant, device_code=world.held.pop()["device_code"])
    return bool(answer.status_code == 200)


def by_the_secret_at_the_oauth_endpoint(world: World, **more: object) -> bool:
    shown = {"client_id": "robo", "client_secret": cast.ROBO_SECRET, "grant_type": "client_credentials", **more}
    return bool(post_form("token", **shown).status_code == 200)


def by_introspection(world: World, kind: str = "access_token", **who: object) -> bool:
    answer = post_form("token/introspect", token=world.held.get(kind) or world.held["accessToken"], **who)
    return bool(answer.json().get("active"))


def by_introspection_of_its_own(world: World) -> bool:
    return by_introspection(world, client_id="robo", client_secret=cast.ROBO_SECRET)


def by_introspection_of_a_refresh_token(world: World) -> bool:
    return by_introspection(world, "refresh_token")


def by_userinfo(world: World) -> bool:
    return bool(asking.userinfo(world.held["access_token"]).status_code == 200)


def through_the_directory(world: World) -> bool:
    """From what was asked before to a code for the shop."""
    visitor, asked = world.held.pop()
    visitor.post(visitor.idp.answer(asked, name_id="bob-1", attributes={"email": [world.user.email]}))
    return bool(asking.code_in(asking.authorize(visitor.browser)))


@dataclass(frozen=True)
class Path:
    """How `whose` credentials are taken, by what is `held`.

    It `begins` a session, is for one `cluster`, or shows a `secret`. What goes through the `shop` hangs on the
    browser's session; what is `granted` goes by what a grant gave before; `elsewhere` is at an identity provider.
    Only a cluster that asks us takes what is `opaque`. What is somebody `elses` is for an audience that the shop was
    registered for, beside its own. What it `shows`, or asks for by name, is a token for the API or for the cluster.
    One that `chooses` another password goes by a link to do so.
    """

    take: Callable[[World], bool]
    whose: str
    holds: str = ""
    begins: bool = False
    cluster: bool = False
    secret: bool = False
    shop: bool = False
    granted: bool = False
    elsewhere: bool = False
    chooses: bool = False
    opaque: bool = False
    elses: bool = False
    shows: str = ""

    @property
    def quick(self) -> bool:
        """Whether `runai_identity.quick` has a path for it."""
        return self.secret or self.take in (by_review, by_userinfo, by_introspection)


PERSONS = {
    "password": Path(by_the_password, "person", begins=True),
    "password, for a cluster": Path(
        lambda w: by_the_password(w, audience=w.cluster.audience), "person", begins=True, cluster=True
    ),
    "password, in the platform's form": Path(by_the_password_in_the_platforms_form, "person", begins=True),
    "refresh": Path(by_the_refresh_token, "person", "person", granted=True),
    "refresh, for a cluster": Path(
        lambda w: by_the_refresh_token(w, audience=w.cluster.audience),
        "person",
        "person in cluster",
        cluster=True,
        granted=True,
        shows="cluster",
    ),
    "person's bearer": Path(as_bearer, "person", "person", granted=True, shows="API"),
    "person's token review": Path(
        by_review, "person", "person in cluster", cluster=True, granted=True, shows="cluster"
    ),
    "cluster token, made": Path(
        makes_a_cluster_token, "person", "person", cluster=True, granted=True, opaque=True, shows="API, cluster"
    ),
    "person's opaque token review": Path(
        by_review, "person", "cluster token", cluster=True, granted=True, opaque=True, shows="cluster"
    ),
}
APPLICATIONS = {
    "client credentials": Path(lambda w: by_the_secret(w, "client_credentials"), "application", secret=True),
    "client credentials, for a cluster": Path(
        lambda w: by_the_secret(w, "client_credentials", audience=w.cluster.audience),
        "application",
        cluster=True,
        secret=True,
    ),
    "client credentials, at the OAuth endpoint": Path(by_the_secret_at_the_oauth_endpoint, "application", secret=True),
    "client credentials, at the OAuth endpoint, for a cluster": Path(
        lambda w: by_the_secret_at_the_oauth_endpoint(w, resource=w.cluster.audience),
        "application",
        cluster=True,
        secret=True,
    ),
    "app token": Path(lambda w: by_the_secret(w, "app_token"), "application", secret=True),
    "older app token": Path(by_the_older_form, "application", secret=True),
    "application's bearer": Path(as_bearer, "application", "application"),
    "application's introspection": Path(by_introspection_of_its_own, "application", "application", secret=True),
    "application's introspection, for a cluster": Path(
        by_introspection_of_its_own, "application", "application in cluster", cluster=True, secret=True
    ),
    "application's token review": Path(by_review, "application", "application in cluster", cluster=True),
}
SHOPS = {
    "sign-in through a directory": Path(
        through_the_directory, "person", "a directory asked", begins=True, shop=True, elsewhere=True
    ),
    "authorization": Path(lambda w: bool(w.new_code()), "person", shop=True),
    "code": Path(by_the_code, "person", "codes", shop=True),
    "code, for a cluster": Path(by_the_code, "person", "codes for the cluster", cluster=True, shop=True, elses=True),
    "shop's refresh": Path(by_the_shops_refresh_token, "person", "shop", shop=True, granted=True),
    "shop's refresh, for a cluster": Path(
        by_the_shops_refresh_token, "person", "shop in cluster", cluster=True, shop=True, granted=True, elses=True
    ),
    "shop's token review": Path(
        by_review, "person", "shop in cluster", cluster=True, shop=True, granted=True, elses=True, shows="cluster"
    ),
    "shop's bearer": Path(as_bearer, "person", "shop for the API", shop=True, granted=True, elses=True, shows="API"),
    "userinfo, for the API": Path(
        by_userinfo, "person", "shop for the API", shop=True, granted=True, elses=True, shows="API"
    ),
    "introspection, for the API": Path(
        by_introspection, "person", "shop for the API", shop=True, granted=True, elses=True, shows="API"
    ),
    "shop's refresh, for the API": Path(
        by_the_shops_refresh_token, "person", "shop for the API", shop=True, granted=True, elses=True
    ),
    "userinfo": Path(by_userinfo, "person", "shop", shop=True, granted=True),
    "introspection": Path(by_introspection, "person", "shop", shop=True, granted=True),
    "introspection, for a cluster": Path(
        by_introspection,
        "person",
        "shop in cluster",
        cluster=True,
        shop=True,
        granted=True,
        elses=True,
        shows="cluster",
    ),
    "introspection of a refresh token": Path(
        by_introspection_of_a_refresh_token, "person", "shop", shop=True, granted=True
    ),
    "introspection of a refresh token, for a cluster": Path(
        by_introspection_of_a_refresh_token,
        "person",
        "shop in cluster",
        cluster=True,
        shop=True,
        granted=True,
        elses=True,
    ),
    "device approval": Path(lambda w: w.approves(w.held.pop()), "person", "waiting devices", shop=True),
    "device code": Path(by_the_device_code, "person", "approved devices", shop=True),
    # Last: it ends what the others go by.
    "link to choose a password": Path(
        by_a_link_to_choose_a_password, "person", "password links", begins=True, shop=True, chooses=True
    ),
}
PATHS = {**PERSONS, **APPLICATIONS, **SHOPS}
