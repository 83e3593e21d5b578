"""Which credentials prove which client; who is refused is told nothing, and the audit log says why."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as product
from django.utils import timezone

from audit.models import Event
from common import context
from common.errors import Unauthenticated
from common.hashes import sha256_of
from tokens.models import Application
from tokens.models.applications import AuthMethod
from tokens.services.clients import (
    BUILT_IN,
    COPIED_BY_HAND,
    PUBLIC,
    Credentials,
    authenticate_client,
    check_secret,
    ensure_built_in_clients,
    new_secret,
)

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

RIGHT, BEFORE, LONG_AGO = "right-secret", "secret-before", "secret-of-long-ago"
SOON, PAST = timedelta(minutes=5), timedelta(minutes=-5)
BASIC, POST, NONE, JWT = AuthMethod.BASIC, AuthMethod.POST, AuthMethod.NONE, AuthMethod.PRIVATE_KEY_JWT


@pytest.fixture(autouse=True)
def clients() -> None:
    def client(name: str, method: AuthMethod = BASIC, **fields: object) -> None:
        known = {"secret_hash": sha256_of(RIGHT), "token_endpoint_auth_method": method, **fields}
        Application.objects.create(name=name, client_id=name, **known)

    client("web")
    client("posts", POST)
    client("disabled", enabled=False)
    client("no secret yet", secret_hash="")
    client("rotated", previous_secret_hash=sha256_of(BEFORE), previous_secret_ends_at=timezone.now() + SOON)
    client("rotated long ago", previous_secret_hash=sha256_of(LONG_AGO), previous_secret_ends_at=timezone.now() + PAST)
    client("public", NONE, client_type=PUBLIC, secret_hash="")
    client("disabled public", NONE, client_type=PUBLIC, secret_hash="", enabled=False)
    client("by key", JWT)


PROVEN = [
    ("web", BASIC, RIGHT),
    ("posts", POST, RIGHT),
    ("rotated", BASIC, RIGHT),
    ("rotated", BASIC, BEFORE),
    ("rotated long ago", BASIC, RIGHT),
    ("public", NONE, ""),
    ("public", BASIC, ""),  # as libraries send it that know no client without a secret
]
REFUSED = [
    ("web", BASIC, "wrong", "wrong secret"),
    ("web", BASIC, "", "wrong secret"),
    ("web", NONE, "", "no credentials"),
    ("posts", POST, "", "wrong secret"),
    ("rotated long ago", BASIC, LONG_AGO, "wrong secret"),
    ("no secret yet", BASIC, "", "wrong secret"),
    ("no secret yet", BASIC, RIGHT, "wrong secret"),
    ("disabled", BASIC, RIGHT, "disabled"),
    ("disabled", BASIC, "wrong", "wrong secret"),
    ("disabled public", NONE, "", "disabled"),
    ("public", BASIC, RIGHT, "it doesn't authenticate by secret"),
    ("public", POST, "", "it doesn't authenticate by secret"),
    ("by key", BASIC, RIGHT, "it doesn't authenticate by secret"),
    ("by key", NONE, "", "no credentials"),
    ("by key", JWT, "", "bad assertion"),
    ("unheard of", NONE, "", "unknown application"),
    ("unheard of", BASIC, "", "unknown application"),
    ("unheard of", BASIC, RIGHT, "unknown application"),
    ("unheard of", JWT, "", "bad assertion"),
]
SENTENCE = "The client id or the secret is not right, or it is disabled."


@pytest.mark.parametrize(("client_id", "method", "secret"), PROVEN)
def test_the_client_is_who_it_proves_to_be(client_id: str, method: AuthMethod, secret: str) -> None:
    assert authenticate_client(Credentials(client_id, method, secret)).client_id == client_id
    assert not Event.objects.exists()


@pytest.mark.parametrize(("client_id", "method", "secret", "why"), REFUSED)
def test_whoever_proves_nothing_reads_the_same(client_id: str, method: AuthMethod, secret: str, why: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        authenticate_client(Credentials(client_id, method, secret))

    event = Event.objects.get()
    about = Application.objects.filter(client_id=client_id).exclude(token_endpoint_auth_method=JWT)
    assert (refused.value.code, refused.value.message) == ("invalid_client", SENTENCE)
    assert (event.action, event.result, event.reason) == ("token:refuse", "Failed", why)
    assert event.entity_id == (str(about[0].pk) if about else event.entity_id)
    assert (event.entity_id == "") == (why in ("unknown application", "bad assertion"))


BY_SECRET = [one for one in REFUSED if one[1] in (BASIC, POST)]


@pytest.mark.parametrize(("client_id", "method", "secret", "why"), BY_SECRET)
def test_the_token_api_refuses_the_same_secrets(client_id: str, method: AuthMethod, secret: str, why: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        check_secret(client_id=client_id, secret=secret)

    assert (refused.value.code, refused.value.message) == ("bad_credentials", SENTENCE)
    assert Event.objects.get().reason == why


WAYS: list[Callable[[], Application]] = [
    lambda: authenticate_client(Credentials("web", BASIC, RIGHT)),
    lambda: check_secret(client_id="web", secret=RIGHT),
]


@pytest.mark.parametrize("authenticated", WAYS)
def test_what_the_request_does_then_is_done_by_that_client(authenticated: Callable[[], Application]) -> None:
    token = context.enter(context.RequestContext(request_id="one"))
    try:
        authenticated()
        assert context.current().client_id == "web"
    finally:
        context.leave(token)


@pytest.mark.parametrize("on", [True, False])
def test_the_oldest_client_waits_for_a_setting(settings: Any, on: bool) -> None:
    ensure_built_in_clients()
    settings.LEGACY_REMOTE_BROWSER = on
    shown = Credentials(COPIED_BY_HAND)

    if on:
        assert authenticate_client(shown).client_id == COPIED_BY_HAND
        return
    with pytest.raises(Unauthenticated):
        authenticate_client(shown)
    assert Event.objects.get().reason == "disabled"


def test_the_servers_own_clients_have_no_secret_and_ask_nobody_for_consent() -> None:
    ensure_built_in_clients()

    for made in Application.objects.filter(client_id__in=BUILT_IN):
        assert (made.is_public, made.token_endpoint_auth_method) == (True, "none")
        assert (made.first_party, made.built_in, made.enabled, made.secret_hash) == (True, True, True, "")
        assert made.require_pkce == (made.client_id != COPIED_BY_HAND)
    by_hand = Application.objects.get(client_id=COPIED_BY_HAND)
    assert by_hand.redirect_uris == f"{product.PUBLIC_URL}/oauth-code"


def test_what_an_administrator_changed_in_them_stays() -> None:
    ensure_built_in_clients()
    Application.objects.filter(client_id="runai").update(display_name="Ours", enabled=False)

    ensure_built_in_clients()

    ours = Application.objects.get(client_id="runai")
    assert (ours.display_name, ours.enabled, Application.objects.filter(client_id="runai").count()) == (
        "Ours",
        False,
        1,
    )


def test_no_two_secrets_are_alike_and_each_has_256_bits() -> None:
    made = {new_secret() for _ in range(50)}

    assert len(made) == 50
    assert {len(one) for one in made} == {43}  # 32 bytes as base64
