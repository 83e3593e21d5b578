"""An address may become somebody else's, by deleting its user or by renaming: the later one has nothing of before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from access.services import rule_set_of
from accounts.models import User
from accounts.names import LONGEST_EMAIL, is_email, of_deleted
from accounts.services.cutting import cut_access
from accounts.services.renaming import rename_user
from accounts.services.users import delete_user
from clustersync.models import Cluster, ClusterCredential
from clustersync.models.credentials import CredentialKind
from common.actors import SYSTEM
from tests import cast
from tokens.models import Application, RegistrationToken

Leave = Callable[[User], Any]


def delete(user: User) -> None:
    delete_user(actor=SYSTEM, user=user)


def rename(user: User) -> None:
    rename_user(actor=SYSTEM, user=user, email="robert@example.com")


def swap(user: User) -> None:
    """Give the address to somebody who has it in turn, as two people who change names."""
    other, address = cast.person("carol"), user.email
    for one, email in ((user, "between@example.com"), (other, address), (user, "carol@example.com")):
        rename_user(actor=SYSTEM, user=one, email=email)


WAYS = [delete, rename, swap]


@pytest.fixture
def left(bob: User, robo: Application, prod: Cluster, tree: cast.Tree) -> User:
    """Bob, who made one of each thing that is kept with who made it, and whom a rule names."""
    Application.objects.filter(pk=robo.pk).update(created_by=bob.email)
    ends_at = timezone.now() + timedelta(days=1)
    RegistrationToken.objects.create(token_hash="x", note="n", created_by=bob.email, expires_at=ends_at)
    ClusterCredential.objects.create(cluster=prod, kind=CredentialKind.AGENT, secret_hash="x", created_by=bob.email)
    cast.rule("user", bob.email, "Viewer", tree.prod)
    return bob


def later(address: str) -> User:
    return User.objects.filter(email=address).first() or cast.person(address.partition("@")[0])


@pytest.mark.parametrize("leave", WAYS)
def test_no_rule_is_a_later_users(left: User, leave: Leave) -> None:
    address = left.email
    leave(left)

    assert not list(rule_set_of(later(address)))


@pytest.mark.parametrize("leave", WAYS)
def test_cutting_a_later_user_ends_nothing_of_the_one_before(left: User, robo: Application, leave: Leave) -> None:
    address = left.email
    leave(left)

    report = cut_access(actor=SYSTEM, user=later(address), applications=True)

    assert (report.ended["applications disabled"], report.ended["initial access tokens"]) == (0, 0)
    assert Application.objects.get(pk=robo.pk).enabled and RegistrationToken.objects.exists()
    assert not [one for one in report.lives_on if one.why.startswith(("they made it", "they registered it"))]


@pytest.mark.parametrize("leave", [rename, swap])
def test_cutting_finds_what_somebody_made_under_another_name(left: User, robo: Application, leave: Leave) -> None:
    leave(left)

    report = cut_access(actor=SYSTEM, user=User.objects.get(pk=left.pk))

    named = {one.where for one in report.lives_on if one.why.startswith(("they made it", "they registered it"))}
    assert {"Application robo", "Initial access token n", "Credential of cluster prod (agent)"} <= named


@pytest.mark.parametrize("length", [3, LONGEST_EMAIL - 10, LONGEST_EMAIL])
def test_the_name_of_a_deleted_user_fits_and_is_nobodys(length: int) -> None:
    name = of_deleted("a" * length)

    assert len(name) <= LONGEST_EMAIL
    assert not is_email(name)
