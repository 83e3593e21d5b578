from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import settings
from rest_framework.test import APIClient

from access.models import Scope
from accounts.models import Group, User
from clustersync.models import Cluster
from common import bookkeeping
from common.actors import Principal
from tests import cast
from tests.as_browsers_post import post_as_browsers_do
from tests.choosing import (  # noqa: F401  hooks
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_ignore_collect,
    pytest_itemcollected,
)
from tests.collecting import pytest_collection  # noqa: F401  a hook
from tests.emptying import empty_only_tables_with_rows
from tests.migrated import migrated as migrated
from tokens.models import Application

# How long an example takes is the machine's affair: what has to be quick is measured by tests of its own.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")
post_as_browsers_do()
empty_only_tables_with_rows()

APIAs = Callable[[Principal], APIClient]
BrowserAs = Callable[[User], Client]


@pytest.fixture(autouse=True)
def nothing_noted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier test couldn't write down must not keep this one from it."""
    monkeypatch.setattr(bookkeeping, "_paused_until", 0.0)
    monkeypatch.setattr(bookkeeping, "_notes", {})


@pytest.fixture
def tree(db: None) -> cast.Tree:
    return cast.plant_tree()


@pytest.fixture
def ada(tree: cast.Tree) -> User:
    """May everything: System administrator of the tenant."""
    user = cast.person("ada")
    cast.rule("user", user.email, "System administrator", tree.tenant)
    return user


@pytest.fixture
def alice(tree: cast.Tree) -> User:
    """Editor of the project faces, and of nothing else."""
    user = cast.person("alice")
    cast.rule("user", user.email, "Editor", tree.faces)
    return user


@pytest.fixture
def bob(tree: cast.Tree) -> User:
    """In one group, researchers, which is L1 researcher in the project faces."""
    return cast.person("bob")


@pytest.fixture
def researchers(tree: cast.Tree, bob: User) -> Group:
    group = cast.make_group("researchers", bob)
    cast.rule("group", group.name, "L1 researcher", tree.faces)
    return group


@pytest.fixture
def charlie(db: None) -> User:
    """Signed in, and may nothing."""
    return cast.person("charlie")


@pytest.fixture
def eve(tree: cast.Tree) -> User:
    """Was System administrator, and is disabled."""
    user = cast.person("eve", enabled=False)
    cast.rule("user", user.email, "System administrator", tree.tenant)
    return user


@pytest.fixture
def vera(tree: cast.Tree) -> User:
    """Department administrator of vision: manages projects and access rules there, reads users, and changes none."""
    user = cast.person("vera")
    cast.rule("user", user.email, "Department administrator", tree.vision)
    return user


@pytest.fixture
def robo(tree: cast.Tree) -> Application:
    """An application that is Viewer in the department vision."""
    application = cast.make_robo()
    cast.rule("app", application.client_id, "Viewer", tree.vision)
    return application


@pytest.fixture
def prod(tree: cast.Tree) -> Cluster:
    return cast.make_prod_cluster(tree)


@pytest.fixture
def project(tree: cast.Tree) -> Scope:
    return tree.faces


@pytest.fixture
def api_as() -> APIAs:
    """An API client that is already somebody; tests of authentication itself send real tokens instead."""

    def signed_in(principal: Principal) -> APIClient:
        client = APIClient()
        client.force_authenticate(user=principal)  # type: ignore[arg-type]  # an Application is a principal too
        return client

    return signed_in


@pytest.fixture
def browser_as() -> BrowserAs:
    """A browser that signed in on the sign-in page."""

    def signed_in(user: User) -> Client:
        client = Client()
        response = client.post("/login", {"email": user.email, "password": cast.PASSWORD})
        assert response.status_code == 302, response.content
        return client

    return signed_in
