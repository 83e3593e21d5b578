"""A form that shows a secret, sent twice at the same time without scripts: one of the two makes a secret."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tests.protocol.relying import make_client
from tests.two_at_once.interleaving import two_connections

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time"),
]

ONCE = re.compile(r'name="once" value="([^"]+)"')
Form = tuple[str, dict[str, str]]


def action(name: str, row: Any) -> Form:
    page = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_changelist")
    return page, {"action": name, "_selected_action": str(row.pk), "confirmed": "yes"}


# The form, and the audit entry of who makes a secret by it.
FORMS: dict[str, tuple[str, Callable[[Cluster, User], Form]]] = {
    "an agent's token": ("cluster:agent-credential:rotate", lambda prod, bob: action("make_a_new_agent_token", prod)),
    "a password": ("user:password:reset", lambda prod, bob: action("reset_the_password", bob)),
    "a secret": ("application:secret:rotate", lambda prod, bob: action("make_a_new_secret", make_client("shop"))),
    "an initial access token": (
        "registration_token:create",
        lambda prod, bob: ("/admin/tokens/registrationtoken/add/", {"note": "wiki", "uses": "2", "days": "7"}),
    ),
    "a token of one's own": (
        "cluster_token:create",
        lambda prod, bob: ("/account/cluster-tokens", {"name": "nightly", "seconds": "3600"}),
    ),
}


@pytest.mark.parametrize("stopped_at", range(1, 13))
@pytest.mark.parametrize("kind", FORMS)
def test_one_of_the_two_makes_it(
    prod: Cluster, ada: User, bob: User, browser_as: BrowserAs, kind: str, stopped_at: int
) -> None:
    plant_keys()
    action_, form = FORMS[kind]
    address, fields = form(prod, bob)
    browser = browser_as(ada)

    def send(browser: Client) -> Any:
        return browser.post(address, {**fields, "cluster": str(prod.pk), "once": "one form"})

    with two_connections() as two:
        ran = two.run(lambda: send(browser), lambda: send(copy.deepcopy(browser)), at=stopped_at)

    assert [one.ended for one in ran] == ["done", "done"]
    assert Event.objects.filter(action=action_).count() == 1
