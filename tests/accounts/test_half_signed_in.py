"""The cookie of a browser that showed the password, and no second factor, opens nothing: over the whole URLconf."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from clustersync.models import Cluster
from tests.accounts.addresses import addresses
from tests.accounts.factors import enrol, show_password
from tests.tokens.asking import PROTOCOL
from tokens.models import Application

# What a stranger is answered has something random in it.
RANDOM = (f"{PROTOCOL}/auth", "/login", "/admin/login/")


def seen(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.headers.get("Location", "")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["get", "post"])
def test_it_sees_what_a_stranger_sees(ada: User, prod: Cluster, robo: Application, method: str) -> None:
    enrol(ada)
    half, wrong = show_password(ada), []
    for address in addresses():
        for headers in ({}, {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}):
            answer = getattr(half, method)(address, headers=headers)
            stranger = getattr(Client(), method)(address, headers=headers)
            if seen(answer) != seen(stranger) and not address.startswith(RANDOM):
                wrong.append((address, seen(answer), seen(stranger)))

    assert wrong == []
