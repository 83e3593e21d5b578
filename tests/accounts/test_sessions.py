from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services.browser import follow_key
from accounts.services.sessions import SIGNED_OUT_WHY, revoke_session, start_session
from accounts.services.settings import update_general_settings
from accounts.services.sign_in import check_password
from accounts.signals import session_revoked
from audit.models import Event
from common import context
from common.actors import SYSTEM
from common.errors import Forbidden, Unauthenticated
from tests import cast

pytestmark = pytest.mark.django_db


def test_it_remembers_where_a_session_began(alice: User) -> None:
    token = context.enter(context.RequestContext(source_ip="192.0.2.1", user_agent="Firefox"))

    session = start_session(user=alice, kind=SessionKind.BROWSER)
    context.leave(token)

    assert (session.source_ip, session.user_agent) == ("192.0.2.1", "Firefox")
    assert User.objects.get(pk=alice.pk).last_login is not None


def test_a_browser_session_ends_after_the_longest_session_however_active(alice: User) -> None:
    update_general_settings(actor=SYSTEM, session_hours=2)
    session = start_session(user=alice, kind=SessionKind.BROWSER)

    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        Session.objects.filter(pk=session.pk).update(last_active_at=timezone.now())

        assert not Session.objects.live().exists()


@pytest.mark.parametrize("minutes", [-10_000, -1, 0, 1, 59, 60, 61, 10_000])
def test_a_browser_session_ends_with_that_of_the_provider_and_never_before_it_began(alice: User, minutes: int) -> None:
    update_general_settings(actor=SYSTEM, session_hours=1)
    now = timezone.now()

    with time_machine.travel(now, tick=False):
        not_after = now + timedelta(minutes=minutes)
        session = start_session(user=alice, kind=SessionKind.BROWSER, not_after=not_after)

    assert session.expires_at == now + timedelta(minutes=max(0, min(60, minutes)))


@pytest.mark.parametrize("minutes", [-1, 1])
def test_a_device_session_outlives_that_of_the_provider(alice: User, minutes: int) -> None:
    not_after = timezone.now() + timedelta(minutes=minutes)

    session = start_session(user=alice, kind=SessionKind.DEVICE, not_after=not_after)

    assert session.expires_at == session.created_at + settings.REFRESH_LIFETIME


def test_a_device_session_lives_as_long_as_refreshing_may(alice: User) -> None:
    session = start_session(user=alice, kind=SessionKind.DEVICE)

    assert session.expires_at == session.created_at + settings.REFRESH_LIFETIME


def test_revoking_leaves_the_browser_nothing_but_the_reason(alice: User) -> None:
    store = SessionStore()
    store["_auth_user_id"] = str(alice.pk)
    store.create()
    session = start_session(user=alice, kind=SessionKind.BROWSER)
    follow_key(session, store.session_key or "")
    session.refresh_from_db()

    assert revoke_session(actor=alice, session=session, because="signed out")

    left = SessionStore(store.session_key)
    assert (left.get("_auth_user_id"), left[SIGNED_OUT_WHY]) == (None, "You are signed out.")


def test_revoking_twice_happens_once(alice: User) -> None:
    session = start_session(user=alice, kind=SessionKind.BROWSER)
    heard: list[Session] = []
    session_revoked.connect(lambda session, **facts: heard.append(session), weak=False, dispatch_uid="once")

    answers = [revoke_session(actor=alice, session=session, because="signed out") for _ in range(2)]
    session_revoked.disconnect(dispatch_uid="once")

    assert (answers, heard) == ([True, False], [session])
    assert Event.objects.filter(action="session:sign-out").count() == 1


@pytest.mark.parametrize("change", [{"enabled": False}, {"password": "another hash"}])
def test_none_begins_when_the_user_was_changed_since_the_password_was_checked(
    alice: User, change: dict[str, object]
) -> None:
    checked = check_password(email=alice.email, password=cast.PASSWORD)
    User.objects.filter(pk=alice.pk).update(**change)

    with pytest.raises(Unauthenticated), transaction.atomic():
        start_session(user=checked, kind=SessionKind.BROWSER)

    assert not Session.objects.exists()


def test_revoking_outlives_a_browser_that_signs_out_meanwhile(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    session = start_session(user=alice, kind=SessionKind.BROWSER)
    follow_key(session, "a" * 32)
    session.refresh_from_db()
    monkeypatch.setattr(SessionStore, "exists", lambda self, key: True)

    assert revoke_session(actor=SYSTEM, session=session, because="ended by an administrator")

    assert not Session.objects.live().exists()


def test_an_administrator_ends_the_session_of_another(ada: User, alice: User) -> None:
    session = start_session(user=alice, kind=SessionKind.DEVICE)

    revoke_session(actor=ada, session=session, because="ended by an administrator")

    session.refresh_from_db()
    assert (session.is_over, session.revoked_because) == (True, "ended by an administrator")
    assert Event.objects.get(action="session:revoke").subject == ada.email


def test_it_refuses_to_end_the_session_of_somebody_else(alice: User, bob: User) -> None:
    session = start_session(user=bob, kind=SessionKind.BROWSER)

    with pytest.raises(Forbidden):
        revoke_session(actor=alice, session=session, because="ended by an administrator")

    assert Session.objects.live().filter(pk=session.pk).exists()


def test_signing_in_is_in_the_trail(alice: User) -> None:
    start_session(user=alice, kind=SessionKind.BROWSER)

    event = Event.objects.get(action="session:sign-in")
    assert (event.subject, event.result) == (alice.email, "Succeeded")
    assert event.metadata == {"method": "password", "kind": "browser"}
