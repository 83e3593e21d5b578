"""A look-up answers what the ORM answers, on every database, and looks again each time."""

from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, connection
from django.db.backends.utils import CursorWrapper
from django.forms import model_to_dict
from pytest_django import DjangoAssertNumQueries

from accounts.models import Group, Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from clustersync.models import Cluster
from common.lookup import FROM_SQLITE, LookUp, fields_of, one_row
from sso.models import Identity, IdentityProvider
from sso.models.identities import with_subject
from tests import cast
from tests.gate.world import World
from tests.keys import plant_keys
from tokens.models import Application

KINDS = ("BooleanField", "JSONField", "BinaryField", "ForeignKey", "OneToOneField", "GenericIPAddressField")
session_with_user = LookUp(Session, "user")
application_named = LookUp(Application, by="client_id")


def test_it_gets_the_row_as_the_orm_does(robo: Application) -> None:
    found = application_named("robo")

    assert found == robo
    assert model_to_dict(found) == model_to_dict(Application.objects.get(client_id="robo"))
    assert (found.grant_types, found.created_at, found._state.adding) == (robo.grant_types, robo.created_at, False)


def test_it_gets_what_is_joined_to_it(alice: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    session = start_session(user=alice, kind=SessionKind.BROWSER)

    with django_assert_num_queries(1):
        found = session_with_user(session.pk)
        assert found is not None and (found.pk, found.user.email) == (session.pk, alice.email)

    assert found.expires_at == Session.objects.get().expires_at


def test_it_can_be_saved_like_any_other(robo: Application) -> None:
    found = application_named("robo")
    assert found is not None

    found.display_name = "Robo"
    found.save()

    assert Application.objects.get(client_id="robo").display_name == "Robo"


def test_it_looks_again_each_time(robo: Application) -> None:
    before = application_named("robo")
    Application.objects.filter(pk=robo.pk).update(enabled=False)
    after = application_named("robo")

    assert before is not None and after is not None
    assert (before.enabled, after.enabled) == (True, False)


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["", "nobody", "robo' or '1'='1", "%s", "ROBO"])
def test_it_gets_nothing_for_what_is_not_there(value: str) -> None:
    assert application_named(value) is None


def test_it_lists_what_the_orm_lists_and_looks_again_each_time(alice: User) -> None:
    for name in ("dancers", "authors"):
        cast.make_group(name, alice)
    before = alice.group_names()
    alice.group_set.get(name="dancers").delete()

    assert (before, alice.group_names()) == (["authors", "dancers"], ["authors"])


@pytest.fixture
def world(bob: User, robo: Application, prod: Cluster, researchers: Group) -> World:
    plant_keys()
    world = World(bob, robo, prod)
    for held in ("cluster token", "codes", "waiting devices", "a directory asked"):
        world.hold(held)
    return world


def test_every_field_of_every_model_is_read_as_the_orm_reads_it(world: World) -> None:
    models = [model for model in apps.get_models() if not model._meta.proxy]
    rows = {model: row for model in models if (row := model._base_manager.first()) is not None}
    wrong, kinds = [], set()
    for model, row in rows.items():
        found = LookUp(model)(row.pk)
        for field in fields_of(model):
            name = field.attname
            by_orm, by_us = getattr(row, name), getattr(found, name)
            wrong += [(model, name, by_orm, by_us)] if (type(by_orm), by_orm) != (type(by_us), by_us) else []
            kinds |= {field.get_internal_type()} if by_orm is not None else set()

    assert wrong == []
    assert kinds >= {*FROM_SQLITE, *KINDS}
    assert len(rows) > 20


def test_of_a_row_that_is_not_read_whole_the_rest_is_fetched_when_it_is_asked_for(world: World) -> None:
    by_alias = LookUp(IdentityProvider, by="alias", only=("id", "alias"))
    found, provider = by_alias(IdentityProvider.objects.get().alias), IdentityProvider.objects.get()

    assert found is not None and found.get_deferred_fields() > {"name", "email_domains"}
    assert (found.name, found.email_domains) == (provider.name, provider.email_domains)


def test_it_finds_by_several_fields_together(world: World) -> None:
    identity = Identity.objects.get()
    exactly = (identity.provider_id, identity.issuer, identity.subject)

    assert with_subject(*exactly) == identity
    for number in range(len(exactly)):
        assert with_subject(*exactly[:number], uuid4() if number == 0 else "another", *exactly[number + 1 :]) is None


@pytest.mark.django_db(transaction=True)
def test_it_keeps_one_cursor_with_a_connection_to_postgresql(
    robo: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    make, made = CursorWrapper, []

    def counted(cursor: Any, database: Any) -> Any:
        made.append(cursor)
        return make(cursor, database)

    # What it keeps is wrapped here, and Django makes the others.
    monkeypatch.setattr("common.lookup.CursorWrapper", counted)
    monkeypatch.setattr(connection, "make_cursor", lambda cursor: counted(cursor, connection))

    assert [application_named("robo"), application_named("nobody"), application_named("robo")] == [robo, None, robo]
    of_one_connection = len(made)
    connection.close()

    assert application_named("robo") == robo
    assert (of_one_connection, len(made)) == ((1, 2) if connection.vendor == "postgresql" else (3, 4))


@pytest.mark.django_db(transaction=True)
def test_a_cursor_that_failed_goes_on(robo: Application) -> None:
    with pytest.raises(DatabaseError):
        one_row(connection, "SELECT nothing", [])

    assert application_named("robo") == robo
