"""Pages show words for every action and reason that the server records, in English and in German."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override

from accounts.models import Session, User
from accounts.services.sessions import FAREWELLS
from audit.models import Event, Result
from audit.readable import UNREADABLE
from audit.words import ACTIONS, REASONS, action_in_words, actions_called, object_in_words, reason_in_words
from clustersync.models import Cluster
from sso.models import Attempt
from sso.refusals import REFUSALS
from tests.audit.vocabulary import Unfollowed, codes_raised, codes_returned, recorded, values
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import connect

FOUND = {value for place in recorded("action", 0) for value in values(place)}
FOUND_REASONS = {value for place in recorded("reason") for value in values(place)} - {""}
# Codes that come with an exception: of the gate, of a sign-in through a provider, of a call to another server.
CODES = {
    *codes_returned("tokens/services/gate.py", "_why"),
    *codes_returned("sso/adapters/providers.py", "why_not"),
    *codes_raised("NotAdmitted"),
    *codes_raised("Invalid", "common/outbound.py"),
    *codes_raised("Unavailable", "common/outbound.py"),
    *REFUSALS,
}
# What a server answered, or a code among those above.
LEFT_OPEN = {
    ("accounts/services/mail.py", "mail.failure"),
    ("accounts/services/mail.py", "refusal.reason"),
    ("sso/services/logout.py", "refusal.code"),
    ("sso/services/rechecking.py", "refusal.code"),
    ("sso/services/sign_in.py", "refusal.code"),
    ("tokens/services/backchannel.py", "f'HTTP {answer.status_code}'"),
    ("tokens/services/backchannel.py", "outbound.refusal(error, uri).code"),
    ("tokens/services/backchannel.py", "refusal.code"),
    ("tokens/services/issue.py", "refusal.code"),
}
RECORDED_ACTIONS = sorted(one for one in FOUND if isinstance(one, str))
SENTENCES = {one for one in FOUND_REASONS if isinstance(one, str) and one.endswith(".")}
RECORDED_REASONS = sorted({one for one in FOUND_REASONS if isinstance(one, str)} - SENTENCES | CODES)
ENDINGS = sorted({*FAREWELLS, "inactivity"})

LOG = "/admin/audit/event/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def ended(alice: User) -> Session:
    soon = timezone.now() + timedelta(hours=1)
    return Session.objects.create(
        user=alice, kind="browser", method="pwd", expires_at=soon, revoked_at=soon, revoked_because="password reset"
    )


def test_the_source_leaves_nothing_else_open() -> None:
    assert {one for one in FOUND | FOUND_REASONS if isinstance(one, Unfollowed)} == LEFT_OPEN


def test_no_words_are_left_over() -> None:
    assert set(ACTIONS) - {*RECORDED_ACTIONS, UNREADABLE} == set()
    assert set(REASONS) - {*RECORDED_REASONS, *ENDINGS} == set()


def test_two_actions_have_two_names() -> None:
    for language in ("en", "de"):
        with override(language):
            assert len({action_in_words(action) for action in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("action", RECORDED_ACTIONS)
def test_an_action_has_words_in_both_languages(action: str) -> None:
    with override("en"):
        english = action_in_words(action)
        assert actions_called(f" {english.upper()} ") == [action]
    with override("de"):
        assert actions_called(action_in_words(action)) == [action]
        assert action not in (english, action_in_words(action))


@pytest.mark.parametrize("reason", [*RECORDED_REASONS, *ENDINGS])
def test_a_reason_has_words_in_both_languages(reason: str) -> None:
    with override("en"):
        english = reason_in_words(reason)
    with override("de"):
        assert english != reason_in_words(reason)
    assert reason in REASONS
    assert english[0].isupper() and "_" not in english and not english.endswith(".")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("reason", ["wrong password", "some_failed", "address_reused", "said by a server"])
def test_pages_show_the_words(admin: Client, prod: Cluster, language: str, reason: str) -> None:
    kept = {"result": Result.FAILED, "reason": reason, "entity_type": "Cluster", "entity_id": str(prod.pk)}
    event = Event.objects.create(action="cluster:rbac:sync", entity_name="prod", **kept)
    pages = [LOG, f"{LOG}{event.pk}/change/", f"/admin/clustersync/cluster/{prod.pk}/events/"]
    with override(language):
        words = [action_in_words(event.action), reason_in_words(reason), object_in_words("Cluster")]

    for page in pages:
        shown: Any = admin.get(page, headers={"Accept-Language": language}).content.decode()
        assert [one for one in words if escape(one) not in shown] == []
        if page != pages[1] and reason in REASONS:
            assert f">{reason}<" not in shown


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_log_is_searched_by_its_words_and_by_its_codes(admin: Client, language: str) -> None:
    Event.objects.create(action="signing_key:rotate", entity_name="found")
    Event.objects.create(action="user:create", entity_name="not found")
    with override(language):
        words = action_in_words("signing_key:rotate")

    for asked in (words, words.lower(), "signing_key:rotate"):
        shown: Any = admin.get(LOG, {"q": asked}, headers={"Accept-Language": language}).context["cl"]
        assert [event.entity_name for event in shown.result_list] == ["found"]


def test_the_pages_of_sessions_and_of_attempts_show_words(admin: Client, alice: User, ended: Session) -> None:
    provider = connect(IdP())
    Attempt.objects.create(
        provider=provider, at=timezone.now(), outcome="refused", code="no_email", reference="4F7K-92QD"
    )

    for page, words, code in (
        (f"/admin/accounts/user/{alice.pk}/sessions/", "Password reset", ">password reset<"),
        (f"/admin/accounts/session/{ended.pk}/change/", "Password reset", ">password reset<"),
        ("/admin/sso/attempt/", REASONS["no_email"], "no_email"),
        (f"/admin/sso/identityprovider/{provider.pk}/sign-ins/", REASONS["no_email"], "no_email"),
    ):
        shown: Any = admin.get(page).content.decode()
        assert words in shown and code not in shown, page
