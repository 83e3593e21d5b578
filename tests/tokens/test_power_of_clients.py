"""A client acts with its users' power. Who gives it that, or gets hold of such a client, must have that power."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from accounts.models import User
from clustersync.models import Cluster
from common.errors import Forbidden, Invalid
from tests import cast
from tests.tokens.asking import SHOP_REDIRECT, make_shop
from tests.tokens.registering import ec_jwk, public
from tokens.models import Application
from tokens.services.applications import (
    delete_application,
    register_client,
    rotate_secret,
    set_application_enabled,
    update_registration,
)

EVIL = {"redirect_uris": ["https://evil.example.com/"]}
WEB = {"grant_types": ["authorization_code"], "redirect_uris": [SHOP_REDIRECT]}
Take = Callable[[User, Application], object]

TAKEOVERS: dict[str, Take] = {
    "its redirect URIs": lambda actor, client: update_registration(actor=actor, application=client, changes=EVIL),
    "its origins": lambda actor, client: update_registration(
        actor=actor, application=client, changes={"allowed_origins": ["https://evil.example.com"]}
    ),
    "its keys": lambda actor, client: update_registration(
        actor=actor,
        application=client,
        changes={"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public(ec_jwk())]}},
    ),
    "its secret": lambda actor, client: rotate_secret(actor=actor, application=client),
    "its switch": lambda actor, client: set_application_enabled(actor=actor, application=client, enabled=True),
    "its end": lambda actor, client: delete_application(actor=actor, application=client),
}


@pytest.fixture
def olga(tree: cast.Tree) -> User:
    """Manages applications and clusters in the whole tenant, and has little else: Cloud operator."""
    user = cast.person("olga")
    cast.rule("user", user.email, "Cloud operator", tree.tenant)
    return user


def powers(prod: Cluster) -> dict[str, dict[str, Any]]:
    return {
        "first party": {"first_party": True},
        "the control plane": {"audiences": ["urn:runai:api"]},
        "a cluster": {"audiences": [prod.audience]},
        "no PKCE": {"require_pkce": False},
    }


POWERS = ("first party", "the control plane", "a cluster", "no PKCE")


@pytest.mark.parametrize("power", POWERS)
def test_who_manages_applications_gives_them_no_power_over_people(olga: User, prod: Cluster, power: str) -> None:
    plain, _ = register_client(actor=olga, name="plain", registration=WEB)

    with pytest.raises(Forbidden, match="more than you hold"):
        register_client(actor=olga, name="strong", registration=WEB | powers(prod)[power])
    with pytest.raises(Forbidden, match="more than you hold"):
        update_registration(actor=olga, application=plain, changes=powers(prod)[power])

    plain.refresh_from_db()
    assert (plain.first_party, plain.audiences, plain.require_pkce) == (False, [], True)
    assert not Application.objects.filter(name="strong").exists()


@pytest.mark.parametrize("power", POWERS)
def test_a_system_administrator_does(ada: User, prod: Cluster, power: str) -> None:
    given = powers(prod)[power]
    made, _ = register_client(actor=ada, name="strong", registration=WEB | given)

    assert {name: getattr(made, name) for name in given} == given


@pytest.mark.parametrize("take", TAKEOVERS.values(), ids=TAKEOVERS)
@pytest.mark.parametrize("power", POWERS[:3])
def test_nobody_gets_hold_of_a_client_that_acts_beyond_them(olga: User, prod: Cluster, power: str, take: Take) -> None:
    strong = make_shop(**powers(prod)[power])
    before = vars(Application.objects.get(pk=strong.pk))

    with pytest.raises(Forbidden, match="more than you hold"):
        take(olga, strong)

    after = vars(Application.objects.get(pk=strong.pk))
    assert {name for name in after if after[name] != before[name]} <= {"_state"}


@pytest.mark.parametrize("client_id", ["runai", "runai-cli", "cli"])
def test_nobody_sends_our_own_clients_elsewhere(olga: User, client_id: str) -> None:
    with pytest.raises(Forbidden, match="more than you hold"):
        update_registration(actor=olga, application=Application.objects.get(client_id=client_id), changes=EVIL)


@pytest.mark.parametrize("take", TAKEOVERS.values(), ids=TAKEOVERS)
def test_other_clients_are_for_who_manages_applications(olga: User, take: Take) -> None:
    take(olga, make_shop())


def test_an_administrator_of_one_cluster_lets_clients_act_there_alone(
    olga: User, prod: Cluster, tree: cast.Tree
) -> None:
    cast.rule("user", olga.email, "System administrator", tree.prod)

    made, _ = register_client(actor=olga, name="strong", registration=WEB | {"audiences": [prod.audience]})

    assert made.audiences == [prod.audience]
    with pytest.raises(Forbidden, match="more than you hold"):
        update_registration(actor=olga, application=made, changes={"audiences": [prod.audience, "urn:runai:api"]})


def test_nobody_is_below_a_first_party_client_of_a_weaker_maker(ada: User, tree: cast.Tree) -> None:
    """Somebody with a rule above the tenant would act through it too."""
    system = tree.tenant.parent
    assert system
    cast.rule("user", cast.person("zeus").email, "Viewer", system)

    with pytest.raises(Forbidden, match="more than you hold"):
        register_client(actor=ada, name="strong", registration=WEB | {"first_party": True})


def test_power_is_taken_away_by_who_has_it(ada: User, prod: Cluster) -> None:
    strong = make_shop(first_party=True, audiences=["urn:runai:api", prod.audience])

    weaker = update_registration(actor=ada, application=strong, changes={"first_party": False, "audiences": []})

    assert (weaker.first_party, weaker.audiences) == (False, [])


def test_a_cluster_that_is_gone_stands_in_nobodys_way(ada: User, prod: Cluster) -> None:
    strong = make_shop(audiences=[prod.audience])
    Cluster.objects.all().delete()

    changed = update_registration(actor=ada, application=strong, changes={"display_name": "Shop"})

    assert changed.audiences == [prod.audience]
    with pytest.raises(Invalid, match="no cluster has the audience"):
        update_registration(actor=ada, application=make_shop(name="other"), changes={"audiences": [prod.audience]})


def test_no_client_goes_by_the_audience_of_a_cluster(ada: User, prod: Cluster) -> None:
    """Its people's tokens, which are for itself, would be accepted there without asking the gate."""
    with pytest.raises(Invalid, match="can't be an application's name"):
        register_client(actor=ada, name=prod.audience, registration={})


@pytest.mark.parametrize("order", list(permutations(["urn:runai:api", "prod", "nobodys"])))
def test_an_audience_that_nobody_has_is_refused_beside_others(ada: User, prod: Cluster, order: tuple[str, ...]) -> None:
    audiences = [prod.audience if name == "prod" else name for name in order]

    with pytest.raises(Invalid, match="no cluster has the audience nobodys"):
        register_client(actor=ada, name="wiki", registration=WEB | {"audiences": audiences})
