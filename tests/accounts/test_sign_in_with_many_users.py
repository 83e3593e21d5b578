"""With 30,000 users a refused sign-in takes as long for an administrator as for somebody whom nobody knows."""

from statistics import median
from time import perf_counter

import pytest
from django.db import connection

from access.models import AccessRule, Scope
from accounts.models import Group, Membership, User
from accounts.services.sign_in import check_password
from common import context
from common.errors import Unauthenticated
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MANY = 30_000
TRIES = 25


@pytest.fixture
def crowd(tree: cast.Tree) -> None:
    """Everybody is in one of a thousand groups, has a rule, and every tenth comes from a directory."""
    groups = Group.objects.bulk_create([Group(name=f"group-{n}") for n in range(1000)])
    users = User.objects.bulk_create(
        [User(email=f"user{n}@example.com", password="md5$a$b", is_local=n % 10 > 0) for n in range(MANY)],
        batch_size=2000,
    )
    Membership.objects.bulk_create(
        [Membership(user=user, group=groups[n % 1000]) for n, user in enumerate(users)], batch_size=5000
    )
    AccessRule.objects.bulk_create(
        [
            AccessRule(subject_type="user", subject_id=user.email, role_id=cast.role_id("Viewer"), scope=tree.tenant)
            for user in users
        ],
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def seconds(*emails: str) -> list[float]:
    """For each the median of refused tries, each from another address; in turns, so that all see the same machine."""
    took: dict[str, list[float]] = {email: [] for email in emails}
    for number in range(TRIES):
        for email in emails:
            here = context.enter(context.RequestContext(source_ip=f"198.51.100.{number}"))
            began = perf_counter()
            with pytest.raises(Unauthenticated):
                check_password(email=email, password="Wrong-Horse-1")
            took[email].append(perf_counter() - began)
            context.leave(here)
    return [median(tries) for tries in took.values()]


def by_a_rule(user: User) -> None:
    cast.rule("user", user.email, "System administrator", Scope.objects.get(pk="1"))


def by_a_group(user: User) -> None:
    group = Group.objects.get(name="group-7")
    Membership.objects.create(user=user, group=group)
    cast.rule("group", group.name, "System administrator", Scope.objects.get(pk="1"))


def as_the_last(user: User) -> None:
    User.objects.exclude(pk=user.pk).update(is_local=False)
    by_a_rule(user)


@pytest.mark.timeout(600)
def test_an_administrator_takes_as_long_as_nobody(crowd: None) -> None:
    for number, appoint in enumerate((by_a_rule, by_a_group, as_the_last)):
        user = User.objects.get(email=f"user{4711 + number}@example.com")
        appoint(user)

        nobody, administrator = seconds(f"nobody{number}@example.com", user.email)

        print(f"{appoint.__name__}: {1000 * nobody:.1f} / {1000 * administrator:.1f} ms")  # noqa: T201
        assert administrator < 1.5 * nobody + 0.002
        assert nobody < 1.5 * administrator + 0.002
