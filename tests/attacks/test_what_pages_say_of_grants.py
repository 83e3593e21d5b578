"""A grant is good for what its person was shown and agreed to, and for nothing else (RFC 8707 §2.2).

Everything that a client of ours can ask for is asked for at each step: where the grant begins, where it is redeemed,
and where it is refreshed.
"""

from typing import Any

import pytest

from accounts.models import User
from tests.attacks.seen import claims_in
from tests.clustersync import opaque
from tests.domains.world import CALLBACK, World
from tests.protocol.relying import decide, landed
from tests.tokens import asking
from tests.tokens.asking import by_password, post_form
from tokens.jwt import audiences_of
from tokens.models import Application
from tokens.models.applications import GrantType
from tokens.models.grants import Grant
from tokens.services.clients import ensure_built_in_clients

PLACES = ("api", "prod", "lab", "old")
SENTENCES = {
    "": "Act for you in the control plane and in all your clusters, as far as you may",
    "api": "Act for you in the control plane, as far as you may",
    **{name: f"Act for you in the cluster {name}" for name in PLACES[1:]},
}
# A cluster with the platform's flags takes the ID token of this client, whatever the grant is for.
BESIDE = {"runai": ["Act for you in clusters with the platform's flags, which take its ID token"]}


@pytest.fixture
def world(keys: None, ada: User, robo: Application) -> World:
    ensure_built_in_clients()
    return World(ada, robo)


class ByCode:
    """`may` is what the page says of places; the code is for one try."""

    def __init__(self, world: World, client: str, asked: str) -> None:
        self.world, self.client = world, client
        fields = {"client_id": client, "redirect_uri": CALLBACK[client], "resource": world.audience(asked)}
        page = asking.authorize(world.browser, **fields)
        self.may = [each for each in page.context["may"] if each.startswith("Act ")]
        self.code = landed(decide(world.browser, page))["code"]

    def redeem(self, wanted: str) -> Any:
        given = {"code": self.code, "redirect_uri": CALLBACK[self.client], "code_verifier": asking.VERIFIER}
        resource = self.world.audience(wanted)
        return self.world.post("token", self.client, grant_type="authorization_code", resource=resource, **given)


class ByDevice:
    def __init__(self, world: World, client: str, asked: str) -> None:
        self.world, self.client = world, client
        self.waiting = world.waiting(asked)
        page = world.browser.post("/device", {"user_code": self.waiting["user_code"]})
        self.may = [each for each in page.context["may"] if each.startswith("Act ")]
        world.browser.post("/device", {"request_token": page.context["request_token"], "decision": "allow"})

    def redeem(self, wanted: str) -> Any:
        given = {"device_code": self.waiting["device_code"], "resource": self.world.audience(wanted)}
        return self.world.post("token", self.client, grant_type=GrantType.DEVICE_CODE.value, **given)


class ByPassword:
    """Nothing is shown: whoever types the password says what for."""

    def __init__(self, world: World, client: str, asked: str) -> None:
        self.may = [SENTENCES[asked]]
        self.given = by_password(world.ada, clientID=client, audience=world.audience(asked) or None)

    def redeem(self, wanted: str) -> Any:
        return self

    def json(self) -> dict[str, str]:
        return {"access_token": self.given["accessToken"], "refresh_token": self.given["refreshToken"]}


WAYS = [(ByCode, "runai"), (ByCode, "runai-cli"), (ByDevice, "runai-cli"), (ByPassword, "cli")]


def refreshed(client: str, given: dict[str, str], audience: str) -> Any:
    """Narrowed to `audience`; the token that was used gives its answer again."""
    shown = {"client_id": client, "refresh_token": given["refresh_token"]}
    return post_form("token", grant_type="refresh_token", resource=audience, **shown)


@pytest.mark.parametrize("asked", ["", *PLACES])
@pytest.mark.parametrize(("way", "client"), WAYS)
def test_it_is_good_for_what_was_shown_and_nothing_else(world: World, way: Any, client: str, asked: str) -> None:
    begun = way(world, client, asked)
    given = begun.redeem("").json()

    reached = {p for p in PLACES if refreshed(client, given, world.audience(p)).status_code == 200}

    assert world.audience(asked or "api") in audiences_of(claims_in(given["access_token"]))
    assert reached == ({asked} if asked else set(PLACES))
    assert begun.may == [SENTENCES[asked], *(BESIDE.get(client, []) if asked else [])]


@pytest.mark.parametrize("wanted", PLACES)
@pytest.mark.parametrize("asked", ["", *PLACES])
@pytest.mark.parametrize(("way", "client"), WAYS[:-1])
def test_nothing_else_is_given_where_it_is_redeemed(
    world: World, way: Any, client: str, asked: str, wanted: str
) -> None:
    answer = way(world, client, asked).redeem(wanted)

    if asked in ("", wanted):
        assert world.audience(wanted) in audiences_of(claims_in(answer.json()["access_token"]))
    else:
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")


@pytest.mark.parametrize("asked", ["", "api"])
@pytest.mark.parametrize(("way", "client"), WAYS)
def test_a_grant_for_the_api_makes_no_token_for_a_cluster(world: World, way: Any, client: str, asked: str) -> None:
    given = way(world, client, asked).redeem("").json()

    made = opaque.make(opaque.showing(given["access_token"]), world.clusters["prod"])

    assert made.status_code == (403 if asked else 201), made.content


def test_a_token_of_a_wider_grant_ends_when_the_grant_is_narrower(world: World) -> None:
    """Those from before grants were held to what they were asked for."""
    given = ByPassword(world, "cli", "").json()
    Grant.objects.update(audience=world.audience("prod"))

    assert asking.call_api(given["access_token"]).status_code == 401


def test_a_remembered_application_of_ours_is_said_to_do_all_that_it_may(world: World) -> None:
    for asked in ("", "prod"):
        ByCode(world, "runai-cli", asked)

    assert SENTENCES[""] in world.browser.get("/account").content.decode()
