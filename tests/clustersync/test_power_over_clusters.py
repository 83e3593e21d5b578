"""Who chooses where a cluster's users send their tokens, or who they are there, has their power already."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from access.catalog import ROLES, SYSTEM_ADMINISTRATOR
from accounts.models import User
from audit.models import Event
from clustersync.api.clusters import ClusterPatch
from clustersync.models import Cluster
from clustersync.services.clusters import EDITABLE, register_cluster, update_cluster
from clustersync.services.clusters_power import SHARING
from common.errors import Forbidden
from tests import cast
from tests.conftest import APIAs, BrowserAs
from tests.system.kubernetes import write_certificate

CLUSTERS = "/api/v1/clusters"
REFUSED = "more than you hold yourself"

# Another value for each field.
OTHER: dict[str, Any] = {
    "enabled": True,
    "mode": "both",
    "api_url": "https://evil.example.com:6443",
    "api_ca": "",
    "username_claim": "sub",
    "webhook_cache_seconds": 600,
    "token_seconds": 3600,
    "username_prefix": "people:",
    "groups_prefix": "teams:",
    "accepts_shared_audience": True,
    "legacy_flags": True,
    "rbac_names": "g1",
    "extra_groups": ["researchers"],
    "api_addresses": ["192.0.2.0/24"],
}
IN_JSON = {field.source: name for name, field in ClusterPatch().fields.items()}
KEEP_IT_GOING = {"webhook_cache_seconds", "token_seconds", "api_addresses"}
DECISIVE = sorted(OTHER.keys() - KEEP_IT_GOING)


@pytest.fixture
def olga(tree: cast.Tree) -> User:
    """Registers and updates clusters in the whole account, and has little else."""
    user = cast.person("olga")
    cast.rule("user", user.email, "Cloud operator", tree.tenant)
    return user


@pytest.fixture
def sam(prod: Cluster) -> User:
    """System administrator of the cluster prod."""
    user = cast.person("sam")
    cast.rule("user", user.email, "System administrator", prod.scope)
    return user


@pytest.fixture
def prod(tree: cast.Tree, tmp_path: Any) -> Cluster:
    """In use, and disabled for now."""
    cast.make_group("researchers")
    cast.rule("group", "researchers", "L1 researcher", tree.faces)
    ca = write_certificate(tmp_path)[0].read_text()
    return cast.cluster(tree.prod, cast.PROD_WEBHOOK_TOKEN, api_url="https://prod:6443", api_ca=ca, enabled=False)


def through_the_api(api_as: APIAs) -> Callable[[User, Cluster, str], Any]:
    return lambda actor, cluster, field: api_as(actor).patch(
        f"{CLUSTERS}/{cluster.pk}", {IN_JSON[field]: OTHER[field]}, format="json"
    )


def now(cluster: Cluster) -> dict[str, Any]:
    return dict(Cluster.objects.filter(pk=cluster.pk).values().get())


def test_each_field_has_another_value() -> None:
    assert EDITABLE == OTHER.keys() == IN_JSON.keys()


@pytest.mark.parametrize("field", DECISIVE)
def test_who_only_updates_clusters_changes_nothing_that_decides(
    prod: Cluster, olga: User, ada: User, api_as: APIAs, field: str
) -> None:
    before = now(prod)

    answer = through_the_api(api_as)(olga, prod, field)

    assert (answer.status_code, answer.json()["details"]) == (403, "exceeds_own_access")
    assert now(prod) == before


@pytest.mark.parametrize("field", sorted(KEEP_IT_GOING))
def test_they_do_keep_it_going(prod: Cluster, olga: User, api_as: APIAs, field: str) -> None:
    assert through_the_api(api_as)(olga, prod, field).status_code == 200
    assert now(prod)[field] == OTHER[field]


@pytest.mark.parametrize("field", sorted(set(DECISIVE) - set(SHARING)))
def test_an_administrator_of_the_cluster_does(prod: Cluster, sam: User, api_as: APIAs, field: str) -> None:
    assert through_the_api(api_as)(sam, prod, field).status_code == 200
    assert now(prod)[field] == OTHER[field]


@pytest.mark.parametrize(
    ("field", "shared"), [(field, shared) for field in DECISIVE for shared in SHARING if field != shared]
)
def test_what_others_share_takes_an_administrator_of_all(
    prod: Cluster, sam: User, ada: User, api_as: APIAs, field: str, shared: str
) -> None:
    """Tokens that somebody collects here are good in all such clusters."""
    Cluster.objects.update(**{shared: True})
    before = now(prod)

    refused = through_the_api(api_as)(sam, prod, field)

    assert (refused.status_code, now(prod)) == (403, before)
    assert through_the_api(api_as)(ada, prod, field).status_code == 200


@pytest.mark.parametrize("field", SHARING)
def test_to_share_takes_who_holds_everything(prod: Cluster, ada: User, sam: User, tree: cast.Tree, field: str) -> None:
    """Also in the other direction; and nobody is above them."""
    with pytest.raises(Forbidden, match=REFUSED):
        update_cluster(actor=sam, cluster=prod, **{field: True})
    update_cluster(actor=ada, cluster=prod, **{field: True})
    with pytest.raises(Forbidden, match=REFUSED):
        update_cluster(actor=sam, cluster=prod, **{field: False})

    assert tree.tenant.parent
    cast.rule("user", cast.person("zeus").email, "Viewer", tree.tenant.parent)
    with pytest.raises(Forbidden, match=REFUSED):
        update_cluster(actor=ada, cluster=prod, **{field: False})


def test_the_page_refuses_it_too(prod: Cluster, olga: User, browser_as: BrowserAs) -> None:
    before, browser = now(prod), browser_as(olga)
    page = f"/admin/clustersync/cluster/{prod.pk}/change/"
    form = filled(browser, page) | {"api_url": OTHER["api_url"]}

    answer = browser.post(page, form, follow=True)

    assert REFUSED in answer.content.decode()
    assert now(prod) == before


def filled(browser: Client, page: str) -> dict[str, Any]:
    form = browser.get(page).context["adminform"].form
    return {name: value for name, value in form.initial.items() if value is not None and value != []}


def test_saying_again_what_is_so_takes_nothing(prod: Cluster, olga: User, api_as: APIAs) -> None:
    same = {"apiUrl": prod.api_url, "mode": prod.mode, "legacyFlags": False, "enabled": False}

    assert api_as(olga).patch(f"{CLUSTERS}/{prod.pk}", same, format="json").status_code == 200
    assert not Event.objects.filter(action="cluster:update").exists()


def test_who_may_register_does(olga: User, api_as: APIAs) -> None:
    """Its tokens are good there alone: docs/decisions/0018."""
    plain = {IN_JSON[field]: OTHER[field] for field in EDITABLE - {*SHARING, "extra_groups"}}

    assert api_as(olga).post(CLUSTERS, {"name": "mine", **plain}, format="json").status_code == 201


@pytest.mark.parametrize("field", [*SHARING, "extra_groups"])
def test_but_not_one_that_gives_more_than_they_hold(olga: User, ada: User, prod: Cluster, field: str) -> None:
    given = {field: OTHER[field]}

    with pytest.raises(Forbidden):
        register_cluster(actor=olga, name="mine", **given)
    assert not Cluster.objects.filter(slug="mine").exists()

    cluster, _ = register_cluster(actor=ada, name="mine", **given)
    assert getattr(cluster, field) == OTHER[field]


def test_a_cluster_is_told_of_no_group_that_its_administrator_does_not_see(prod: Cluster, sam: User) -> None:
    cast.make_group("board")

    with pytest.raises(Forbidden, match="read groups"):
        update_cluster(actor=sam, cluster=prod, extra_groups=["researchers", "board"])
    update_cluster(actor=sam, cluster=prod, extra_groups=["researchers"])

    assert now(prod)["extra_groups"] == ["researchers"]


@pytest.mark.parametrize("field", SHARING)
def test_sharing_is_recorded_in_its_own_words(ada: User, field: str) -> None:
    words = f"cluster:{field.replace('_', '-')}"
    made, _ = register_cluster(actor=ada, name="old", **{field: True})
    update_cluster(actor=ada, cluster=made, **{field: False})
    update_cluster(actor=ada, cluster=made, **{field: True})

    recorded = Event.objects.filter(action__startswith=words).order_by("pk")

    assert [event.action for event in recorded] == [f"{words}:begin", f"{words}:end", f"{words}:begin"]
    assert {event.subject for event in recorded} == {ada.email}


def test_nobody_holds_more_in_a_cluster_than_who_is_asked_for() -> None:
    """So that the check covers everybody whom a rule reaches there, whatever their role."""
    for role in ROLES.values():
        for resource, actions in role.permissions.items():
            assert actions <= SYSTEM_ADMINISTRATOR.permissions.get(resource, frozenset()), (role.name, resource)


def test_who_makes_a_clusters_credentials_reads_what_they_show() -> None:
    """An agent's shows access rules, a webhook's what a token is worth: who updates clusters may read both."""
    for role in ROLES.values():
        if role.allows("update", "cluster"):
            assert role.allows("read", "access_rules") and role.allows("read", "cluster"), role.name
