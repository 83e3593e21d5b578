"""POSIX ids that a directory set go when it may not set them any more; what somebody entered here stays."""

from typing import Any

import pytest

from accounts.services.users import update_user
from audit.models import Event
from common.actors import SYSTEM
from sso.models import IdentityProvider
from sso.services.providers import update_provider
from tests import cast
from tests.sso.directory import Directory, user_of
from tests.sso.op import OP

IDS: dict[str, Any] = {"UID": 1200, "GID": 3000, "SUPPLEMENTARYGROUPS": [1500, 4000]}


@pytest.fixture
def acme(tree: cast.Tree, op: OP) -> Directory:
    return Directory(op)


def ids_of() -> tuple[Any, ...]:
    user = user_of()
    return user.uid, user.gid, user.supplementary_groups


TIGHTENED: list[tuple[dict[str, Any], tuple[Any, ...]]] = [
    ({"posix_ids": False}, (None, None, [])),
    ({"posix_ids_from": 2000}, (None, 3000, [4000])),
    ({"posix_ids_from": 500}, (1200, 3000, [1500, 4000])),
]


@pytest.mark.parametrize(("changes", "left"), TIGHTENED, ids=str)
def test_what_it_may_not_set_any_more_is_taken_back_at_once(
    acme: Directory, changes: dict[str, Any], left: tuple[Any, ...]
) -> None:
    acme.sign_in(**IDS)

    update_provider(actor=SYSTEM, provider=acme.provider, **changes)

    assert ids_of() == left
    withdrawn = Event.objects.filter(action="user:posix:withdraw").count()
    assert withdrawn == (0 if left == (1200, 3000, [1500, 4000]) else 1)


def test_the_next_sign_in_takes_it_back_too(acme: Directory) -> None:
    acme.sign_in(**IDS)
    IdentityProvider.objects.update(posix_ids_from=2000)

    acme.sign_in(**IDS)

    assert ids_of() == (None, 3000, [4000])


def test_what_was_entered_here_stays(acme: Directory) -> None:
    acme.sign_in(UID=1200)
    update_user(actor=SYSTEM, user=user_of(), gid=100, supplementary_groups=[27])

    update_provider(actor=SYSTEM, provider=acme.provider, posix_ids=False)

    assert ids_of() == (None, 100, [27])


def test_an_id_entered_over_the_directorys_is_nobody_elses(acme: Directory) -> None:
    acme.sign_in(UID=1200)
    update_user(actor=SYSTEM, user=user_of(), uid=50)

    update_provider(actor=SYSTEM, provider=acme.provider, posix_ids=False)

    assert user_of().uid == 50
