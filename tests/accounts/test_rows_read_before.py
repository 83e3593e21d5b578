"""A verb that is given a user as somebody read it a while ago changes what it is about, and undoes nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from accounts.services.passwords import reset_password
from accounts.services.renaming import rename_user
from accounts.services.users import adopt_user, disable_user, enable_user, force_logout, update_user, verify_email
from common.actors import SYSTEM
from tests import cast

pytestmark = pytest.mark.django_db

# Whether the user is local, the verb, and the columns that it is about.
VERBS: dict[str, tuple[bool, Callable[[User], Any], set[str]]] = {
    "names": (True, lambda user: update_user(actor=SYSTEM, user=user, first_name="Charles"), {"first_name"}),
    "a POSIX id": (False, lambda user: update_user(actor=SYSTEM, user=user, gid=8), {"gid"}),
    "another address": (True, lambda user: rename_user(actor=SYSTEM, user=user, email="carl@example.com"), {"email"}),
    "disabled": (True, lambda user: disable_user(actor=SYSTEM, user=user), {"enabled"}),
    "enabled": (True, lambda user: enable_user(actor=SYSTEM, user=user), {"enabled"}),
    "signed out": (False, lambda user: force_logout(actor=SYSTEM, user=user), set()),
    "a password": (
        True,
        lambda user: reset_password(actor=SYSTEM, user=user),
        {"password", "password_by", "must_change_password", "password_changed_at"},
    ),
    "a verified address": (False, lambda user: verify_email(actor=SYSTEM, user=user), {"email_verified_by"}),
    "another directory": (False, lambda user: adopt_user(actor=SYSTEM, user=user, source="lab"), {"source"}),
}
MEANWHILE: dict[str, Any] = {
    "last_name": "Doe",
    "uid": 1500,
    "supplementary_groups": [7],
    "posix_sources": {"uid": "corp"},
    "email_verified_by": "corp",
    "source": "corp",
}


def columns_of(user: User) -> dict[str, Any]:
    return dict(User.objects.filter(pk=user.pk).values().get())


@pytest.mark.parametrize("verb", VERBS)
def test_it_undoes_nothing(verb: str) -> None:
    local, call, about = VERBS[verb]
    stale = cast.person("charlie", is_local=local, enabled=verb != "enabled")
    User.objects.filter(pk=stale.pk).update(**MEANWHILE)
    before = columns_of(stale)

    call(stale)

    after = columns_of(stale)
    assert {name for name in after if after[name] != before[name]} - {"updated_at"} <= about
