"""A fault in an integrator's own code, the backend or a receiver, refuses the sign-in as any failed check does."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import Http404
from djangosaml2.signals import pre_user_save

from accounts.models import Session, User
from sso.backends import SamlBackend
from tests.sso.signing_in import Visitor, jane, last_attempt

Receivers = list[Any]


@pytest.fixture
def before_save() -> Iterator[Receivers]:
    """A list whose first item receives pre_user_save."""
    receivers: Receivers = []

    def receive(sender: Any, **given: Any) -> Any:
        return receivers[0](**given)

    pre_user_save.connect(receive)
    yield receivers
    pre_user_save.disconnect(receive)


FAULTS = [ZeroDivisionError, KeyError, AttributeError, RuntimeError, AssertionError, RecursionError, Http404]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_receiver_with_a_fault_is_a_refusal_and_leaves_nothing_behind(
    visitor: Visitor, before_save: Receivers, fault: type[Exception]
) -> None:
    def receive(**_: Any) -> None:
        raise fault("secret of a directory")

    before_save.append(receive)

    _is_refused_for_a_fault(visitor, fault)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_backend_with_a_fault_is_a_refusal_and_leaves_nothing_behind(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    def is_authorized(*_: Any, **__: Any) -> bool:
        raise fault("secret of a directory")

    monkeypatch.setattr(SamlBackend, "is_authorized", is_authorized)

    _is_refused_for_a_fault(visitor, fault)


def _is_refused_for_a_fault(visitor: Visitor, fault: type[Exception]) -> None:
    answer = visitor.sign_in()

    assert (answer.status_code, last_attempt().code) == (503, "hook_failed")
    assert fault.__name__ in last_attempt().checks[-1]["detail"]
    assert "secret of a directory" not in answer.content.decode() + str(last_attempt().checks)
    assert not User.objects.filter(email="jane@acme.com").exists() and not Session.objects.exists()


def test_a_receiver_may_change_a_list_in_its_place(visitor: Visitor, before_save: Receivers) -> None:
    def change(instance: User, **_: Any) -> bool:
        instance.supplementary_groups.append(4711)
        return True

    before_save.append(change)
    visitor.sign_in()

    assert 4711 in jane().supplementary_groups
