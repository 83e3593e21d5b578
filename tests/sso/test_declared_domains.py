"""What a directory may assert: the first one anything, every other one what an administrator declared."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Group, User
from clustersync.models import Cluster
from sso.models import Identity, IdentityProvider
from tests import cast
from tests.access.test_assertions import LOOK_ALIKES
from tests.conftest import APIAs
from tests.sso import idps
from tests.sso.idp import IdP
from tests.sso.signing_in import JANE, Visitor, connect, jane, last_attempt

ACME = {"email_domains": ["acme.com"], "group_names": ["eng-*", "ops"]}


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


def declare(visitor: Visitor, **fields: Any) -> None:
    IdentityProvider.objects.filter(pk=visitor.provider.pk).update(**fields)


def told(attempt: Any) -> str:
    return " ".join(f"{check['check']}: {check['detail']}." for check in attempt.checks)


def test_the_first_provider_may_assert_everything(admin: APIClient) -> None:
    idps.made(admin, idps.saml())

    body = admin.get(f"{idps.IDPS}/saml").json()

    declared = {"emailDomains": ["*"], "groupNames": ["*"], "posixIds": True, "posixIdsFrom": 1000, "privileged": False}
    assert {name: body[name] for name in declared} == declared


def test_every_further_one_begins_with_nothing_and_is_not_enabled(admin: APIClient) -> None:
    idps.made(admin, idps.saml())
    second = idps.saml(IdP("https://second"), alias="second")

    refused = admin.post(idps.IDPS, second, format="json")
    idps.made(admin, {**second, "enabled": False})
    later = admin.put(f"{idps.IDPS}/second", {"enabled": True}, format="json")

    assert (refused.status_code, later.status_code) == (400, 400)
    assert refused.json()["details"] == later.json()["details"] == "no_email_domains"
    body = admin.get(f"{idps.IDPS}/second").json()
    assert (body["emailDomains"], body["groupNames"], body["posixIds"], body["enabled"]) == ([], [], False, False)


def test_it_is_enabled_with_its_domains_which_then_stay(admin: APIClient) -> None:
    idps.made(admin, idps.saml())
    idps.made(admin, idps.saml(IdP("https://second"), alias="second", emailDomains=["Corp.com", "*.Corp.com"]))

    answer = admin.put(f"{idps.IDPS}/second", {"emailDomains": []}, format="json")

    assert (answer.status_code, answer.json()["details"]) == (400, "no_email_domains")
    assert admin.get(f"{idps.IDPS}/second").json()["emailDomains"] == ["corp.com", "*.corp.com"]


@pytest.mark.parametrize(
    "body",
    [
        {"emailDomains": ["corp"]},
        {"emailDomains": ["a@b.com"]},
        {"emailDomains": [1]},
        {"emailDomains": "corp.com"},
        {"groupNames": ["a*b"]},
        {"groupNames": ["system:masters"]},
        {"groupNames": {"a": 1}},
        {"posixIdsFrom": -1},
        {"posixIdsFrom": "many"},
        {"emailDomains": ["corp.com"] * 501},
        {"groupNames": ["x" * 300]},
    ],
    ids=lambda body: str(body)[:40],
)
def test_it_refuses_a_declaration_that_is_none(admin: APIClient, body: dict[str, Any]) -> None:
    idps.made(admin, idps.saml())

    assert admin.put(f"{idps.IDPS}/saml", body, format="json").status_code == 400
    assert IdentityProvider.objects.get().email_domains == ["*"]


@pytest.mark.parametrize("domain", ["acme.com", "ACME.com"])
def test_an_address_within_its_domains_signs_in(visitor: Visitor, domain: str) -> None:
    declare(visitor, **ACME)

    visitor.sign_in(attributes={**JANE, "email": [f"jane@{domain}"]})

    assert visitor.is_signed_in()


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("domain", [one.replace("corp", "acme") for one in LOOK_ALIKES if "." in one.strip(".")])
def test_an_address_outside_is_refused_before_anybody_is_made(visitor: Visitor, domain: str, known: bool) -> None:
    if known:
        visitor.sign_in()
        visitor = Visitor(visitor.idp, visitor.provider)
    declare(visitor, **ACME)
    before = list(User.objects.all()), list(Identity.objects.values_list("email"))

    answer = visitor.sign_in(attributes={**JANE, "email": [f"boss@{domain}"]})

    assert answer.status_code in (401, 403) and last_attempt().code in ("address_not_declared", "no_email")
    assert (list(User.objects.all()), list(Identity.objects.values_list("email"))) == before


def test_a_person_whose_domain_is_no_longer_declared_is_out_at_once(visitor: Visitor) -> None:
    visitor.sign_in()
    before = visitor.is_signed_in()

    declare(visitor, email_domains=["other.com"])

    assert (before, visitor.is_signed_in()) == (True, False)
    assert "open this account now" in visitor.browser.get("/login").content.decode()


def test_groups_outside_are_left_out_and_named(visitor: Visitor) -> None:
    declare(visitor, **ACME)

    visitor.sign_in(attributes={**JANE, "GROUPS": ["eng-ml", "ops", "opsx", "Eng-ml", "admins"]})

    assert jane().group_names() == ["eng-ml", "ops"]
    assert not Group.objects.filter(name="admins").exists()
    assert "admins (not among its groups)" in told(last_attempt())


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        ({"posix_ids": False}, (None, None, [])),
        ({"posix_ids": True}, (None, 1000, [2000])),
        ({"posix_ids": True, "posix_ids_from": 0}, (0, 1000, [27, 2000])),
        ({"posix_ids": True, "posix_ids_from": 1500}, (None, None, [2000])),
    ],
)
def test_posix_ids_outside_are_left_out(visitor: Visitor, declared: dict[str, Any], kept: tuple[Any, ...]) -> None:
    declare(visitor, **declared)
    ids = {"UID": ["0"], "GID": ["1000"], "SUPPLEMENTARYGROUPS": ["27", "2000"]}

    visitor.sign_in(attributes={**JANE, **ids})

    assert (jane().uid, jane().gid, jane().supplementary_groups) == kept
    assert ("POSIX ids left out" in told(last_attempt())) is (kept != (0, 1000, [27, 2000]))


@pytest.mark.parametrize(
    ("declared", "filled"),
    [
        ({}, False),
        ({"group_names": ["*", "root*"]}, True),
        ({"group_names": ["roots"]}, True),
        ({"privileged": True}, True),
    ],
)
def test_a_group_that_a_cluster_binds_is_declared_by_name(
    visitor: Visitor, prod: Cluster, declared: dict[str, Any], filled: bool
) -> None:
    Cluster.objects.update(extra_groups=["roots"])
    declare(visitor, **declared)

    visitor.sign_in(attributes={**JANE, "GROUPS": ["roots", "gpu"]})

    assert ("roots" in jane().group_names()) is filled
    assert ("gpu" in jane().group_names()) is ("*" in declared.get("group_names", ["*"]))


def test_a_second_provider_cannot_be_the_boss_of_the_first(visitor: Visitor, tree: cast.Tree) -> None:
    """The way in that this is about: a rule waits, and another directory asserts its name."""
    cast.rule("user", "boss@corp.com", "Editor", tree.faces)
    cast.rule("group", "cloud-operators", "Cloud operator", tree.tenant)
    idp = IdP("https://evil.example.com/metadata", url="https://evil.example.com")
    evil = Visitor(idp, connect(idp, alias="evil", email_domains=["evil.com"], group_names=["evil-*"]))

    refused = evil.sign_in(name_id="m", attributes={"email": ["boss@corp.com"]})
    evil.sign_in(name_id="m", attributes={"email": ["m@evil.com"], "GROUPS": ["cloud-operators", "evil-x"]})
    visitor.sign_in(name_id="boss", attributes={"email": ["boss@corp.com"]})

    assert refused.status_code == 403
    assert User.objects.get(email="m@evil.com").group_names() == ["evil-x"]
    boss = User.objects.get(email="boss@corp.com")
    assert (boss.source, boss.has_perm("project.read")) == ("saml", True)


def test_a_test_of_the_provider_says_the_same(visitor: Visitor, ada: User) -> None:
    declare(visitor, email_domains=[], enabled=False)
    browser = visitor.browser
    browser.post("/login", {"email": ada.email, "password": cast.PASSWORD})

    visitor.post(visitor.idp.answer(visitor.idp.read(visitor.ask(test="1")), name_id="jane-1", attributes=JANE))

    assert (last_attempt().is_test, last_attempt().code) == (True, "address_not_declared")
    assert "none is declared" in told(last_attempt())
