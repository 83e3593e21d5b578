"""No unprivileged directory makes anybody an administrator, whichever came first: the rule, the person or the flag."""

from typing import Any

import pytest

from access.models import AccessRule
from accounts.models import Group, Membership, Session, User
from common.actors import SYSTEM
from common.errors import Conflict
from sso.models import Identity, IdentityProvider
from sso.services.identities import link_identity
from sso.services.providers import update_provider
from tests import cast
from tests.sso.signing_in import JANE, Visitor, jane, last_attempt

pytestmark = pytest.mark.slow

LEADING = [
    ("System administrator", "tenant"),
    ("System administrator", "faces"),
    ("Cloud operator", "tenant"),
    ("Cloud operator", "prod"),
]


def signs_in(visitor: Visitor) -> object:
    return Visitor(visitor.idp, visitor.provider, browser=visitor.browser).sign_in(
        attributes={**JANE, "GROUPS": ["mighty", "gpu"]}
    )


def may_anything(visitor: Visitor) -> bool:
    """Asked of the session that the browser has."""
    if not visitor.is_signed_in():
        return False
    return visitor.browser.get("/admin/").status_code == 200 or jane().has_perm("cluster.update")


@pytest.mark.parametrize(("role", "scope"), LEADING)
@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize("sign_ins_before", [0, 1, 2])
def test_the_order_of_rule_and_sign_in_makes_no_difference(
    visitor: Visitor, tree: cast.Tree, role: str, scope: str, kind: str, sign_ins_before: int
) -> None:
    name = {"user": "jane@acme.com", "group": "mighty"}[kind]
    for _ in range(sign_ins_before):
        signs_in(visitor)

    cast.rule(kind, name, role, getattr(tree, scope))

    assert not may_anything(visitor)
    signs_in(visitor)
    assert not may_anything(visitor)

    refused = kind == "user"
    assert (last_attempt().code == "administrator") is refused
    assert refused or jane().group_names() == ["gpu"]


@pytest.mark.parametrize("kind", ["user", "group"])
def test_withdrawing_the_flag_takes_the_power_at_once(visitor: Visitor, tree: cast.Tree, ada: User, kind: str) -> None:
    IdentityProvider.objects.update(privileged=True)
    cast.rule(kind, {"user": "jane@acme.com", "group": "mighty"}[kind], "System administrator", tree.tenant)
    signs_in(visitor)
    before = may_anything(visitor)

    update_provider(actor=ada, provider=visitor.provider, privileged=False)

    assert (before, may_anything(visitor)) == (True, False)


@pytest.mark.parametrize(("role", "scope"), LEADING)
def test_a_group_that_was_filled_before_its_rule_came_gives_nothing(
    visitor: Visitor, tree: cast.Tree, role: str, scope: str
) -> None:
    signs_in(visitor)
    assert jane().group_names() == ["gpu", "mighty"]

    cast.rule("group", "mighty", role, getattr(tree, scope))

    assert not may_anything(visitor)


def test_being_put_into_the_group_by_hand_is_no_way_round(visitor: Visitor, tree: cast.Tree) -> None:
    visitor.sign_in()
    cast.rule("group", "operators", "Cloud operator", tree.tenant)
    Membership.objects.create(group=Group.objects.create(name="operators"), user=jane())
    before = may_anything(visitor)

    signs_in(visitor)

    assert (before, last_attempt().code) == (False, "administrator")


@pytest.mark.parametrize(("role", "scope"), LEADING)
def test_no_identity_is_linked_with_an_administrator(
    visitor: Visitor, tree: cast.Tree, ada: User, role: str, scope: str
) -> None:
    user = cast.person("olga")
    cast.rule("user", user.email, role, getattr(tree, scope))
    identity = stranger(visitor)

    with pytest.raises(Conflict, match="can lead to System administrator"):
        link_identity(actor=SYSTEM, identity=identity, user=user)

    IdentityProvider.objects.update(privileged=True)
    assert link_identity(actor=SYSTEM, identity=identity, user=user).user == user


def stranger(visitor: Visitor) -> Identity:
    now: Any = visitor.provider.created_at
    return Identity.objects.create(
        provider=visitor.provider,
        issuer=visitor.idp.entity_id,
        subject="jane-1",
        email="olga@example.com",
        last_seen_at=now,
    )


@pytest.mark.parametrize("role", ["System administrator", "Cloud operator"])
def test_a_linked_user_who_becomes_an_administrator_is_no_longer_the_directorys(
    visitor: Visitor, tree: cast.Tree, role: str
) -> None:
    """The local user keeps the power; the directory can't use it, in sessions that go on or in new ones."""
    user = cast.person("olga")
    link_identity(actor=SYSTEM, identity=stranger(visitor), user=user)
    visitor.sign_in(attributes={"email": ["olga@acme.com"]})
    before = visitor.is_signed_in()

    cast.rule("user", user.email, role, tree.tenant)

    assert (before, visitor.is_signed_in()) == (True, False)
    assert user.has_perm("cluster.update")
    visitor.sign_in(attributes={"email": ["olga@acme.com"]})
    assert last_attempt().code == "administrator"


def test_it_is_said_on_the_pages_of_the_rule_and_the_provider(
    visitor: Visitor, tree: cast.Tree, ada: User, browser_as: Any
) -> None:
    signs_in(visitor)
    rule = cast.rule("group", "mighty", "Cloud operator", tree.tenant)
    admin = browser_as(ada)

    of_rule = admin.get(f"/admin/access/accessrule/{rule.pk}/change/").content.decode()
    of_provider = admin.get(f"/admin/sso/identityprovider/{visitor.provider.pk}/assertions/").content.decode()

    assert "One person gets nothing: the rule can lead to System administrator" in of_rule
    assert f"/admin/access/accessrule/{rule.pk}/change/" in of_provider


def test_nothing_is_said_where_all_is_well(visitor: Visitor, tree: cast.Tree, ada: User, browser_as: Any) -> None:
    signs_in(visitor)
    rule = cast.rule("group", "mighty", "Viewer", tree.tenant)
    admin = browser_as(ada)

    assert "what the role says" in admin.get(f"/admin/access/accessrule/{rule.pk}/change/").content.decode()
    page = admin.get(f"/admin/sso/identityprovider/{visitor.provider.pk}/assertions/").content.decode()
    assert "give its people nothing" not in page
    assert AccessRule.objects.filter(pk=rule.pk).exists() and Session.objects.exists()
