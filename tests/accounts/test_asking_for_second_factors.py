"""Settings of second factors count beforehand whom they concern, and begin the days of grace of those people alone."""

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services.settings import affected_by, update_general_settings
from tests import cast

ASKING: list[dict[str, object]] = [
    {"second_factor_of_administrators": True},
    {"second_factor_of_roles": ["System administrator"]},
]
NOBODY: dict[str, object] = {"second_factor_of_administrators": False, "second_factor_of_roles": []}


@pytest.mark.parametrize("changes", ASKING)
def test_those_are_counted_who_sign_in_here_by_a_password_alone(db: None, changes: dict[str, object]) -> None:
    cast.person("counted")
    for local, enabled, has_factor in product([True, False], repeat=3):
        for number in range(0 if local and enabled and not has_factor else 2):
            since = timezone.now() if has_factor else None
            person = cast.person(f"person-{local}-{enabled}-{has_factor}-{number}".lower())
            User.objects.filter(pk=person.pk).update(is_local=local, enabled=enabled, second_factor_since=since)

    (said,) = affected_by(changes)

    assert said.startswith("1 user with a password here has no second factor.")


@pytest.mark.parametrize("kept", ASKING)
def test_the_days_of_grace_are_forgotten_when_nobody_is_asked_any_more(ada: User, kept: dict[str, object]) -> None:
    update_general_settings(actor=ada, **{**NOBODY, **kept})
    due = timezone.now() + timedelta(days=3)
    User.objects.filter(pk=ada.pk).update(second_factor_due_at=due)

    update_general_settings(actor=ada, session_hours=9)
    ada.refresh_from_db()
    assert ada.second_factor_due_at == due

    update_general_settings(actor=ada, **NOBODY)
    ada.refresh_from_db()
    assert ada.second_factor_due_at is None
