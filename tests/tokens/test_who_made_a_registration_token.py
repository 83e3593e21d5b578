"""An initial access token is good while who made it, and knows it, could make it again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from access.models import Scope
from accounts.models import User
from audit.models import Event
from audit.services import FAILED
from common.actors import Actor
from tests import cast
from tests.accounts.test_who_gave_a_password import deleted, demoted, disabled
from tests.tokens.registering import register
from tokens.models import Application, RegistrationToken
from tokens.services.registration import create_registration_token


def give(maker: Any, role: str, scope: Scope) -> None:
    kind, name = maker.rule_subject
    cast.rule(kind, name, role, scope)


def narrowed(maker: Any) -> None:
    """Leave them the role, and what they may read by it, in a part of the tree."""
    demoted(maker)
    give(maker, "System administrator", cast.plant_tree().prod)


CHANGES = (demoted, narrowed, disabled, deleted)


@pytest.fixture(params=["mona", "tool"])
def maker(request: pytest.FixtureRequest, ada: User, tree: cast.Tree) -> Any:
    """Make an actor who may register applications: a person, or an application."""
    made: Any = cast.person("mona")
    if request.param == "tool":
        made = Application.objects.create(name="tool", client_id="tool")
    give(made, "Cloud operator", tree.tenant)
    return made


def made_by(maker: Actor) -> str:
    return create_registration_token(actor=maker, note="wiki team", uses=2, lifetime=timedelta(days=7))[1]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_it_is_over_with_its_makers_right(maker: Any, change: Callable[[Any], None]) -> None:
    token = made_by(maker)
    assert register(token).status_code == 201

    change(maker)

    answer = register(token)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert RegistrationToken.objects.get().uses_left == 1
    assert Event.objects.filter(action="registration_token:use", result=FAILED, reason__contains="holds less").exists()


def test_it_is_good_again_with_it(maker: Any, tree: cast.Tree) -> None:
    token = made_by(maker)
    demoted(maker)
    give(maker, "System administrator", tree.tenant)

    assert register(token).status_code == 201


def test_one_from_before_this_was_kept_is_good(maker: Any) -> None:
    token = made_by(maker)
    RegistrationToken.objects.update(made_by="")
    disabled(maker)

    assert register(token).status_code == 201
