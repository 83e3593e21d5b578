"""Every way by which a token is issued or honoured, and whatever must shut it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from access.models import AccessRule
from accounts.models import Session, User
from accounts.services.users import delete_user
from clustersync.models import Cluster
from common.actors import SYSTEM
from tests import cast
from tests.tokens.asking import ask, by_password, by_secret, call_api
from tokens.models import Application
from tokens.services.applications import delete_application, rotate_secret


@dataclass
class World:
    """A person and an application that both have everything; `held` is what they were issued before."""

    user: User
    robo: Application
    cluster: Cluster
    held: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        audience = self.cluster.audience
        self.held = {
            "person": by_password(self.user),
            "person in cluster": by_password(self.user, audience=audience),
            "application": by_secret(self.robo),
            "application in cluster": by_secret(self.robo, audience=audience),
        }


def ok(**body: object) -> bool:
    return bool(ask(**body).status_code == 200)


def by_the_password(world: World, **more: object) -> bool:
    return ok(grantType="password", username=world.user.email, password=cast.PASSWORD, **more)


def by_the_refresh_token(world: World, holder: str, **more: object) -> bool:
    return ok(grantType="refresh_token", refreshToken=world.held[holder]["refreshToken"], **more)


def by_the_secret(world: World, grant: str, **more: object) -> bool:
    names = ("appID", "appSecret") if grant == "app_token" else ("clientID", "clientSecret")
    return ok(grantType=grant, **dict(zip(names, ("robo", cast.ROBO_SECRET), strict=True)), **more)


def by_the_older_form(world: World) -> bool:
    body = {"id": "robo", "name": "robo", "secret": cast.ROBO_SECRET}
    return APIClient().post("/v1/k8s/auth/oauth/apptoken", body, format="json").status_code == 200


def as_bearer(world: World, holder: str) -> bool:
    return call_api(world.held[holder]["accessToken"]).status_code == 200


def by_review(world: World, holder: str) -> bool:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {cast.PROD_WEBHOOK_TOKEN}")
    token = world.held[holder]["accessToken"]
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    answer = client.post(f"/api/v1/clusters/{world.cluster.pk}/tokenreview", review, format="json")
    assert answer.status_code == 200, answer.content
    return bool(answer.json()["status"]["authenticated"])


@dataclass(frozen=True)
class Path:
    """`whose` credentials it takes, whether it `begins` a session, is for one `cluster`, or shows a `secret`."""

    take: Callable[[World], bool]
    whose: str
    begins: bool = False
    cluster: bool = False
    secret: bool = False


PATHS = {
    "password": Path(by_the_password, "person", begins=True),
    "password, for a cluster": Path(
        lambda w: by_the_password(w, audience=w.cluster.audience), "person", begins=True, cluster=True
    ),
    "refresh": Path(lambda w: by_the_refresh_token(w, "person"), "person"),
    "refresh, for a cluster": Path(
        lambda w: by_the_refresh_token(w, "person in cluster", audience=w.cluster.audience), "person", cluster=True
    ),
    "client credentials": Path(lambda w: by_the_secret(w, "client_credentials"), "application", secret=True),
    "client credentials, for a cluster": Path(
        lambda w: by_the_secret(w, "client_credentials", audience=w.cluster.audience),
        "application", cluster=True, secret=True,
    ),
    "app token": Path(lambda w: by_the_secret(w, "app_token"), "application", secret=True),
    "older app token": Path(by_the_older_form, "application", secret=True),
    "person's bearer": Path(lambda w: as_bearer(w, "person"), "person"),
    "application's bearer": Path(lambda w: as_bearer(w, "application"), "application"),
    "person's token review": Path(lambda w: by_review(w, "person in cluster"), "person", cluster=True),
    "application's token review": Path(
        lambda w: by_review(w, "application in cluster"), "application", cluster=True
    ),
}  # fmt: skip


# Rows are changed behind the verbs' backs, so that no signal can have done the gate's work.


def disable_user(world: World) -> None:
    User.objects.filter(pk=world.user.pk).update(enabled=False)


def must_change_password(world: World) -> None:
    User.objects.filter(pk=world.user.pk).update(must_change_password=True)


def revoke_session(world: World) -> None:
    Session.objects.update(revoked_at=timezone.now())


def end_session(world: World) -> None:
    Session.objects.update(created_at=timezone.now() - timedelta(days=8), expires_at=timezone.now())


def lock_out(world: World) -> None:
    for _ in range(100):
        ask(grantType="password", username=world.user.email, password="wrong")


def disable_application(world: World) -> None:
    Application.objects.update(enabled=False)


def disable_cluster(world: World) -> None:
    Cluster.objects.update(enabled=False)


def remove_rules(world: World) -> None:
    AccessRule.objects.update(deleted_at=timezone.now())


@dataclass(frozen=True)
class Condition:
    """Something that speaks against `whose` credentials; `unless` tells which paths it leaves open, and why."""

    happen: Callable[[World], object]
    whose: str = ""
    unless: Callable[[Path], str] = lambda path: ""


def with_a_session(path: Path) -> str:
    return "it begins a session of its own" if path.begins else ""


def with_a_cluster(path: Path) -> str:
    return "" if path.cluster else "no cluster takes part"


def with_the_secret(path: Path) -> str:
    return "" if path.secret else "a new secret stops new tokens; disabling the application stops those it has"


def with_the_password(path: Path) -> str:
    return "" if path.begins else "a stranger's wrong passwords must not cut anybody's tokens"


CONDITIONS = {
    "user disabled": Condition(disable_user, "person"),
    "user deleted": Condition(lambda w: delete_user(actor=SYSTEM, user=w.user), "person"),
    "password must be changed": Condition(must_change_password, "person"),
    "locked out": Condition(lock_out, "person", with_the_password),
    "session revoked": Condition(revoke_session, "person", with_a_session),
    "session over": Condition(end_session, "person", with_a_session),
    "application disabled": Condition(disable_application),
    "application deleted": Condition(
        lambda w: delete_application(actor=SYSTEM, application=w.robo), "application"
    ),
    "secret replaced": Condition(
        lambda w: rotate_secret(actor=SYSTEM, application=w.robo), "application", with_the_secret
    ),
    "cluster disabled": Condition(disable_cluster, "", with_a_cluster),
    "rule gone": Condition(remove_rules, "", with_a_cluster),
}  # fmt: skip


def not_applicable(path: Path, condition: Condition) -> str:
    """Why this condition says nothing about this path; empty when it must shut it."""
    if condition.whose and condition.whose != path.whose:
        return f"no {condition.whose} takes part"
    return condition.unless(path)
