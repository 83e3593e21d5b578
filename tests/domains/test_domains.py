"""No credential passes for another: every kind of them at every place that takes one."""

from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from rest_framework_simplejwt.tokens import Token

from accounts.models import User
from tests.access.test_deny_by_default import ROUTES
from tests.domains.kinds import FOR_APPLICATIONS, FOR_PEOPLE, HASHED, KINDS, SIGNED
from tests.domains.places import BY_AUTHENTICATION, BY_PATH, NOTHING, PLACES
from tests.domains.world import World
from tests.keys import plant_keys
from tokens import jwt
from tokens.api.token import GRANT
from tokens.models import Application
from tokens.views.token import GRANTS


@pytest.fixture
def world(ada: User, robo: Application, db: None) -> World:
    plant_keys()
    return World(ada, robo)


def accepting(world: World, kind: str) -> set[str]:
    """A credential of this kind, shown everywhere; what a place did is undone before the next."""
    shown, client = KINDS[kind].make(world), KINDS[kind].client
    assert shown
    found = set()
    for name, place in PLACES.items():
        with transaction.atomic():
            if place(world, shown, client):
                found.add(name)
            transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_accepted_where_the_table_says_and_nowhere_else(world: World, kind: str) -> None:
    assert accepting(world, kind) == KINDS[kind].accepted


def test_every_place_that_is_named_exists() -> None:
    named = set().union(*(kind.accepted for kind in KINDS.values()), *BY_AUTHENTICATION.values(), *BY_PATH.values())

    assert named <= PLACES.keys()


def test_every_kind_of_signed_token_is_in_the_table() -> None:
    kinds = {name for name, value in vars(jwt).items() if isinstance(value, type) and issubclass(value, Token)}

    assert kinds - {"Token"} == SIGNED.keys()
    assert set().union(*SIGNED.values()) <= KINDS.keys()


def test_everything_that_is_stored_as_a_hash_is_in_the_table() -> None:
    fields = [(model._meta, field.name) for model in apps.get_models() for field in model._meta.get_fields()]

    assert {
        f"{meta.app_label}.{meta.object_name}.{name}" for meta, name in fields if name.endswith("_hash")
    } == HASHED.keys()
    assert set().union(*HASHED.values()) <= KINDS.keys()


def test_every_grant_is_in_the_table() -> None:
    offered = {*(f"/api/v1/token {grant}" for grant in GRANT), *(f"token {grant}" for grant in GRANTS)}

    assert {name.partition(",")[0] for name in (*FOR_PEOPLE, *FOR_APPLICATIONS)} == offered


@pytest.mark.parametrize(("path", "view"), ROUTES, ids=[path for path, _ in ROUTES])
def test_every_way_in_is_one_of_the_places(path: str, view: Any) -> None:
    classes = tuple(each.__name__ for each in getattr(getattr(view, "cls", None), "authentication_classes", ()))
    ending = path.removeprefix("/auth/realms/runai").removeprefix(
        "/api/v1/clusters/00000000-0000-4000-8000-000000000000"
    )
    by_cookie = not hasattr(view, "cls") and not getattr(view, "csrf_exempt", False)

    assert classes in BY_AUTHENTICATION or ending in BY_PATH or ending in NOTHING or by_cookie
