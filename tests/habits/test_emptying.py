"""After a test that commits no row is left for the next one, and what Django made by migrating is there."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import TransactionTestCase

from accounts.models import User
from clustersync.models import Cluster
from tests.emptying import _empty, _made_by_migrating, _which_hold_rows

pytestmark = pytest.mark.django_db(transaction=True)


def tables_with_rows() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_which_hold_rows())
        return {table for (table,) in cursor.fetchall()}


def test_it_deletes_every_row(ada: User, prod: Cluster) -> None:
    held = tables_with_rows()

    _empty(TransactionTestCase())

    assert {User._meta.db_table, Cluster._meta.db_table, "access_accessrule"} <= held
    assert tables_with_rows() == set()


def test_it_leaves_what_django_made_by_migrating(ada: User) -> None:
    made = _made_by_migrating()

    _empty(TransactionTestCase())

    assert made and _made_by_migrating() == made


def test_it_makes_again_what_the_test_deleted_of_it() -> None:
    made = Permission.objects.count()
    Permission.objects.filter(codename__startswith="add_").delete()

    _empty(TransactionTestCase())

    assert Permission.objects.count() == made
