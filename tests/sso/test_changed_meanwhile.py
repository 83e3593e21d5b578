"""An administrator changes a provider between a request, its answer, and the browser that fetches the answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from common.actors import SYSTEM
from sso.models import IdentityProvider
from sso.services.providers import delete_provider, disable_provider, update_provider
from tests.sso.idp import IdP
from tests.sso.idp_keys import key
from tests.sso.signing_in import JANE, Visitor, connect, last_attempt, path_of

Change = Callable[[Visitor], object]


def disabled(visitor: Visitor) -> None:
    disable_provider(actor=SYSTEM, provider=visitor.provider)


def deleted(visitor: Visitor) -> None:
    delete_provider(actor=SYSTEM, provider=visitor.provider)


def made_anew(visitor: Visitor) -> None:
    """Under the same alias, with the same metadata."""
    deleted(visitor)
    connect(visitor.idp, allow_idp_initiated=True, link_by_email=True)


def other_certificate(visitor: Visitor) -> None:
    text = IdP(keys=[key("renewed")]).metadata()
    update_provider(actor=SYSTEM, provider=visitor.provider, metadata=text)


def other_provider(visitor: Visitor) -> None:
    update_provider(
        actor=SYSTEM, provider=visitor.provider, metadata=IdP(entity_id="https://other.example.com").metadata()
    )


def not_by_itself(visitor: Visitor) -> None:
    update_provider(actor=SYSTEM, provider=visitor.provider, allow_idp_initiated=False)


BEFORE_THE_ANSWER: dict[str, tuple[Change, int, str]] = {
    "disabled": (disabled, 403, "provider_disabled"),
    "deleted": (deleted, 404, ""),
    "made anew": (made_anew, 401, "not_asked"),
    "another certificate": (other_certificate, 401, "bad_signature"),
    "another provider": (other_provider, 401, "other_issuer"),
}


@pytest.mark.parametrize("name", BEFORE_THE_ANSWER)
def test_a_change_before_the_answer_counts(visitor: Visitor, name: str) -> None:
    change, status, code = BEFORE_THE_ANSWER[name]
    asked = visitor.idp.read(visitor.ask())
    change(visitor)

    answer = visitor.post(visitor.idp.answer(asked, name_id="jane-1", attributes=JANE))

    assert answer.status_code == status
    assert not code or last_attempt().code == code
    assert not Session.objects.exists()


BEFORE_THE_BROWSER = {
    "disabled": (disabled, 403, "provider_disabled"),
    "deleted": (deleted, 404, ""),
    "made anew": (made_anew, 401, "replayed"),
    "no longer by itself": (not_by_itself, 401, "not_asked"),
}


@pytest.mark.parametrize("name", BEFORE_THE_BROWSER)
def test_a_change_before_the_browser_comes_counts(visitor: Visitor, name: str) -> None:
    change, status, code = BEFORE_THE_BROWSER[name]
    by_itself(visitor)
    waiting = waiting_place(visitor, visitor.idp.unsolicited(name_id="jane-1", attributes=JANE))
    change(visitor)

    answer = visitor.browser.get(waiting)

    assert answer.status_code == status
    assert not code or last_attempt().code == code
    assert not Session.objects.exists()


def test_a_provider_begins_sign_ins_itself_from_then_on(visitor: Visitor) -> None:
    field = visitor.idp.unsolicited(name_id="jane-1", attributes=JANE)
    assert (visitor.post(field).status_code, last_attempt().code) == (401, "not_asked")

    by_itself(visitor)

    assert visitor.post(field).status_code == 302
    assert visitor.is_signed_in()


def test_what_was_used_before_the_provider_was_made_anew_is_not_used_again(visitor: Visitor) -> None:
    by_itself(visitor)
    field = visitor.idp.unsolicited(name_id="jane-1", attributes=JANE)
    visitor.post(field)
    assert visitor.is_signed_in()
    with time_machine.travel(timezone.now() + timedelta(seconds=2)):
        made_anew(visitor)
        thief = Visitor(visitor.idp, IdentityProvider.objects.get())
        answer = thief.post(field)

    assert (answer.status_code, last_attempt().code) == (401, "replayed")
    assert not thief.is_signed_in()


def by_itself(visitor: Visitor) -> None:
    update_provider(actor=SYSTEM, provider=visitor.provider, allow_idp_initiated=True)


def waiting_place(visitor: Visitor, field: str) -> str:
    answer: Any = Client().post(path_of(visitor.provider, "endpoint"), {"SAMLResponse": field})
    return str(answer["Location"])
