"""Nobody is locked out by what happens to a provider."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import GeneralSettings, Membership, User
from accounts.services.users import update_user
from common.actors import SYSTEM
from common.errors import Conflict, Forbidden
from sso.models import Identity, IdentityProvider
from sso.services.providers import delete_provider, disable_provider, update_provider
from tests import cast
from tests.sso.directory import Directory, user_of
from tests.sso.idp import IdP
from tests.sso.op import OP
from tests.sso.signing_in import Visitor, connect, jane, last_attempt


@pytest.fixture
def boss(visitor: Visitor, tree: cast.Tree) -> User:
    """Jane, of a directory that may make administrators, whom a local one made one too."""
    IdentityProvider.objects.update(privileged=True)
    visitor.sign_in()
    cast.rule("user", "jane@acme.com", "System administrator", tree.tenant)
    return jane()


@pytest.mark.parametrize("take_away", [disable_provider, delete_provider])
def test_only_a_local_administrator_takes_the_last_provider_away(
    provider: IdentityProvider, boss: User, ada: User, take_away: object
) -> None:
    assert callable(take_away)
    with pytest.raises(Forbidden, match="Only a local administrator"):
        take_away(actor=boss, provider=provider)

    take_away(actor=ada, provider=provider)

    assert not IdentityProvider.objects.filter(enabled=True).exists()


def test_another_administrator_takes_one_of_two_away(provider: IdentityProvider, boss: User) -> None:
    other = IdP("https://other.example.com/metadata", url="https://other.example.com")
    connect(other, alias="other")

    disable_provider(actor=boss, provider=provider)

    assert [one.alias for one in IdentityProvider.objects.filter(enabled=True)] == ["other"]


def test_a_provider_is_not_removed_with_the_last_administrator(
    provider: IdentityProvider, tree: cast.Tree, charlie: User
) -> None:
    """A local one, whose group a directory fills that may."""
    IdentityProvider.objects.update(privileged=True)
    mighty = cast.make_group("mighty")
    Membership.objects.create(group=mighty, user=charlie, source=provider.alias)
    cast.rule("group", "mighty", "System administrator", tree.tenant)

    with pytest.raises(Conflict, match="no local system administrator"):
        delete_provider(actor=SYSTEM, provider=provider)

    assert IdentityProvider.objects.exists()


def test_removing_one_takes_its_memberships_and_leaves_its_users(visitor: Visitor, provider: IdentityProvider) -> None:
    visitor.sign_in()

    delete_provider(actor=SYSTEM, provider=provider)

    assert not visitor.is_signed_in()
    assert not Membership.objects.exists()
    assert jane().enabled


def test_a_later_provider_of_the_same_name_inherits_nobody(visitor: Visitor, provider: IdentityProvider) -> None:
    visitor.sign_in()
    delete_provider(actor=SYSTEM, provider=provider)

    later = Visitor(visitor.idp, connect(visitor.idp))

    assert later.sign_in().status_code == 403
    assert not visitor.is_signed_in()


def test_break_glass_works_while_everybody_is_sent_to_a_broken_provider(
    provider: IdentityProvider, capsys: pytest.CaptureFixture[str], client: Client
) -> None:
    GeneralSettings.objects.update_or_create(pk=1, defaults={"auto_redirect_alias": provider.alias})
    IdentityProvider.objects.update(peer={})

    call_command("resetadmin", "boss@example.com")

    password = capsys.readouterr().out.split()[-1]
    assert client.get("/login?local").status_code == 200
    assert client.post("/login?local", {"email": "boss@example.com", "password": password}).status_code == 302
    assert client.get("/password").status_code == 200


def test_the_last_administrator_keeps_the_group_that_makes_them_one(
    visitor: Visitor, provider: IdentityProvider, tree: cast.Tree, charlie: User
) -> None:
    """A local one, linked with a directory that may make administrators and says no more that they are in it."""
    IdentityProvider.objects.update(privileged=True)
    for name in ("mighty", "developers"):
        Membership.objects.create(group=cast.make_group(name), user=charlie, source=provider.alias)
    cast.rule("group", "mighty", "System administrator", tree.tenant)
    identity = Identity.objects.create(
        provider=provider, issuer=visitor.idp.entity_id, subject="jane-1", user=charlie, last_seen_at=timezone.now()
    )

    visitor.sign_in(attributes={"email": [charlie.email], "GROUPS": ["gpu"]})

    assert visitor.is_signed_in()
    assert identity.user.group_names() == ["gpu", "mighty"]  # type: ignore[union-attr]
    assert "no local system administrator would be left: mighty" in str(last_attempt().checks)


@pytest.mark.parametrize("narrowed", [{"group_names": ["eng-*"]}, {"group_names": []}, {"privileged": False}], ids=str)
def test_a_declaration_is_not_narrowed_below_the_last_administrator(
    provider: IdentityProvider, tree: cast.Tree, charlie: User, narrowed: dict[str, Any]
) -> None:
    IdentityProvider.objects.update(privileged=True)
    Membership.objects.create(group=cast.make_group("mighty"), user=charlie, source=provider.alias)
    cast.rule("group", "mighty", "System administrator", tree.tenant)

    with pytest.raises(Conflict, match="no local system administrator"):
        update_provider(actor=SYSTEM, provider=provider, **narrowed)

    assert charlie.has_perm("users.update")


@pytest.mark.parametrize("later", [False, True])
def test_removing_one_takes_the_posix_ids_that_it_set(tree: cast.Tree, op: OP, later: bool) -> None:
    acme = Directory(op, posix_ids=True)
    acme.sign_in(UID=1200, GID=1300, SUPPLEMENTARYGROUPS=[1400])
    update_user(actor=SYSTEM, user=user_of(), gid=1500)

    delete_provider(actor=SYSTEM, provider=acme.provider)
    if later:
        Directory(op, link_by_email=True).sign_in(UID=None)

    assert (user_of().uid, user_of().gid, user_of().supplementary_groups) == (None, 1500, [])
