"""Whoever answers for one scope learns nothing of the state of people and applications elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from access.catalog import roles_allowing
from access.models import AccessRule
from accounts.models import User
from accounts.services.throttle import reserve_try
from sso.models import Identity, IdentityProvider
from tests import cast
from tests.conftest import APIAs
from tokens.models import Application

Befall = Callable[[], object]

ASKERS = sorted(role.name for role in roles_allowing("read", "access_rules"))
QUESTIONS = [("create", "jobs"), ("read", "project"), ("update", "users")]
SUBJECTS = {"user": "charlie@example.com", "app": "robo"}


def disabled() -> None:
    User.objects.filter(email=SUBJECTS["user"]).update(enabled=False)


def must_change() -> None:
    User.objects.filter(email=SUBJECTS["user"]).update(must_change_password=True)


def without_password() -> None:
    User.objects.filter(email=SUBJECTS["user"]).update(password="!")


def locked_out() -> None:
    for _ in range(settings.SIGN_IN_TRIES_PER_ACCOUNT + 1):
        reserve_try(SUBJECTS["user"])


def of_a_disabled_provider() -> None:
    provider = IdentityProvider.objects.create(name="Corp", alias="corp", enabled=False, email_domains=["example.com"])
    user = User.objects.get(email=SUBJECTS["user"])
    Identity.objects.create(provider=provider, user=user, subject="c", issuer="i", last_seen_at=timezone.now())
    User.objects.filter(pk=user.pk).update(is_local=False, source="corp", email_verified_by="administrator")


def app_disabled() -> None:
    Application.objects.update(enabled=False)


def app_for_people() -> None:
    Application.objects.update(grant_types=["authorization_code"])


STATES = {
    "user": [disabled, must_change, without_password, locked_out, of_a_disabled_provider],
    "app": [app_disabled, app_for_people],
}
CASES = [(kind, befall) for kind, states in STATES.items() for befall in states]


def answers(client: Any, tree: cast.Tree, kind: str) -> list[Any]:
    about = {"scopeId": tree.faces.pk, "subjectType": kind, "subjectId": SUBJECTS[kind]}
    asked = [{"action": action, "resourceType": what, **about} for action, what in QUESTIONS]
    return [client.get("/api/v1/authorization/why", one).json() for one in asked]


@pytest.fixture
def elsewhere(tree: cast.Tree, charlie: User, robo: Application) -> None:
    """Both have a role in another department, and nothing in this one."""
    AccessRule.objects.filter(subject_id=SUBJECTS["app"]).delete()
    for kind, name in SUBJECTS.items():
        cast.rule(kind, name, "L1 researcher", tree.dialects)


def answers_in_the_state(befall: Befall, askers: list[Any], tree: cast.Tree, kind: str) -> list[Any]:
    """Ask again in this state, and undo it."""
    with transaction.atomic():
        befall()
        found = [answers(asker, tree, kind) for asker in askers]
        transaction.set_rollback(True)
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("kind", STATES)
def test_why_says_nothing_of_the_state_of_who_is_elsewhere(tree: cast.Tree, api_as: APIAs, kind: str) -> None:
    people = [cast.person(f"asker{number}") for number in range(len(ASKERS))]
    for asker, role in zip(people, ASKERS, strict=True):
        cast.rule("user", asker.email, role, tree.vision)
    askers = [api_as(asker) for asker in people]
    before = [answers(asker, tree, kind) for asker in askers]

    after = {befall.__name__: answers_in_the_state(befall, askers, tree, kind) for befall in STATES[kind]}

    assert len(askers) > 3
    assert [state for state, found in after.items() if found != before] == []


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(("kind", "befall"), CASES)
def test_why_says_it_to_who_reads_all(ada: User, tree: cast.Tree, api_as: APIAs, kind: str, befall: Befall) -> None:
    before = answers(api_as(ada), tree, kind)
    befall()

    assert answers(api_as(ada), tree, kind) != before


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(("kind", "befall"), CASES)
def test_why_is_true_of_who_is_let_in_from_above(
    vera: User, tree: cast.Tree, api_as: APIAs, kind: str, befall: Befall
) -> None:
    """Check that a rule which the asker may not read still gives the enforced answer, without a contradiction."""
    cast.rule(kind, SUBJECTS[kind], "System administrator", tree.tenant)
    befall()

    for told in answers(api_as(vera), tree, kind):
        assert told["explanation"][0].startswith("Yes" if told["allowed"] else "No")
