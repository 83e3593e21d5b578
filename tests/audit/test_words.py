"""Pages show words for every action and reason that the server records, in English and in German."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override

from accounts.models import Session, User
from audit.models import Event, Result
from audit.words import ACTIONS, REASONS, action_in_words, actions_called, object_in_words, reason_in_words
from clustersync.models import Cluster
from sso.models import Attempt
from tests.audit.recorded import ENDINGS, RECORDED_ACTIONS, RECORDED_REASONS
from tests.conftest import BrowserAs
from tests.sso.idp import IdP
from tests.sso.signing_in import connect

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
