from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from accounts.models import Group, User
from clustersync.models import Cluster
from tests.conftest import BrowserAs
from tests.protocol.relying import make_client
from tests.sso.idp import IdP
from tests.sso.signing_in import connect


@pytest.fixture
def browser(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def rows(prod: Cluster, charlie: User, researchers: Group) -> dict[str, Model]:
    """A row of each kind whose page changes something, beside the settings."""
    shop: Any = make_client("shop")
    return {"cluster": prod, "user": charlie, "application": shop, "provider": connect(IdP()), "group": researchers}
