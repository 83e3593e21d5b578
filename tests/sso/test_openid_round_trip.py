"""Whole sign-ins by OpenID Connect, from the button to the session, at a provider on loopback."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from common.actors import SYSTEM
from sso.models import Attempt, IdentityProvider, ProviderSession
from sso.services.providers import connect_provider, disable_provider
from sso.services.rechecking import recheck_due
from tests.cast import Tree
from tests.sso.op import CLIENT_ID, CLIENT_SECRET, OP
from tests.sso.signing_in import jane, last_attempt, path_of


@pytest.fixture
def acme(tree: Tree, op: OP) -> IdentityProvider:
    return connect_provider(
        actor=SYSTEM,
        alias="acme",
        type="oidc",
        metadata=json.dumps(op.discovery()),
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        groups_attribute="groups",
        enabled=True,
    )


def brought_back(browser: Client, acme: IdentityProvider, op: OP, **query: str) -> dict[str, str]:
    sent = browser.get(path_of(acme, "login"), query)
    return op.authorize(sent["Location"])


def sign_in(browser: Client, acme: IdentityProvider, op: OP, **query: str) -> Any:
    return browser.get(path_of(acme, "endpoint"), brought_back(browser, acme, op, **query))


def signed_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


def test_it_signs_in_whom_the_provider_names(client: Client, acme: IdentityProvider, op: OP) -> None:
    answer = sign_in(client, acme, op, next="/account")

    assert (answer.status_code, answer["Location"]) == (302, "/account")
    assert signed_in(client)
    assert jane().group_names() == ["developers"]
    assert Session.objects.get().provider_id == acme.pk


def test_the_code_counts_in_the_browser_that_asked(client: Client, acme: IdentityProvider, op: OP) -> None:
    back = brought_back(client, acme, op)

    stranger = Client().get(path_of(acme, "endpoint"), back)

    assert (stranger.status_code, last_attempt().code) == (401, "not_asked")
    assert not User.objects.filter(email="jane@acme.com").exists()


def test_it_counts_once(client: Client, acme: IdentityProvider, op: OP) -> None:
    back = brought_back(client, acme, op)

    answers = [client.get(path_of(acme, "endpoint"), back).status_code for _ in range(2)]

    assert answers == [302, 401]


@pytest.mark.parametrize("given", [{}, {"state": "x"}, {"code": "x"}, {"state": "", "code": ""}, {"error": "x"}])
def test_it_refuses_what_is_no_answer(client: Client, acme: IdentityProvider, given: dict[str, str]) -> None:
    assert client.get(path_of(acme, "endpoint"), given).status_code == 401
    assert not signed_in(client)


def test_a_person_who_cancels_reads_so(client: Client, acme: IdentityProvider, op: OP) -> None:
    back = brought_back(client, acme, op)

    page = client.get(path_of(acme, "endpoint"), {"state": back["state"], "error": "access_denied"})

    assert "or you cancelled it" in page.content.decode()
    assert last_attempt().reference in page.content.decode()


def test_a_provider_disabled_meanwhile_signs_nobody_in(client: Client, acme: IdentityProvider, op: OP) -> None:
    back = brought_back(client, acme, op)
    disable_provider(actor=SYSTEM, provider=acme)

    assert client.get(path_of(acme, "endpoint"), back).status_code == 403
    assert last_attempt().code == "provider_disabled"


def asked_again(op: OP) -> None:
    ProviderSession.objects.update(check_at=timezone.now())
    assert recheck_due() == 1


def test_groups_follow_while_somebody_is_signed_in(client: Client, acme: IdentityProvider, op: OP) -> None:
    sign_in(client, acme, op)
    op.user["groups"] = ["operations"]

    asked_again(op)

    assert jane().group_names() == ["operations"]
    assert signed_in(client)


def test_whom_the_provider_refuses_is_signed_out(client: Client, acme: IdentityProvider, op: OP) -> None:
    sign_in(client, acme, op)
    op.refresh_tokens.clear()

    asked_again(op)

    assert not signed_in(client)
    assert Attempt.objects.latest("at").code == "provider_failed"


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
@pytest.mark.parametrize("status", [200, 429, 500, 503])
def test_a_provider_out_of_order_signs_nobody_out(
    client: Client, acme: IdentityProvider, op: OP, path: str, status: int
) -> None:
    sign_in(client, acme, op)
    op.instead[path] = (status, {"Content-Type": "text/html"}, b"<h1>Later</h1>")

    asked_again(op)

    assert signed_in(client)


def test_signing_out_goes_on_to_where_the_provider_ends_its_session(
    client: Client, acme: IdentityProvider, op: OP
) -> None:
    IdentityProvider.objects.update(peer={**acme.peer, "end_session_endpoint": f"{op.base}/end"})
    sign_in(client, acme, op)

    page = client.post("/logout")
    on = client.get(page.context["elsewhere"])["Location"]

    assert on == f"{op.base}/end?client_id={CLIENT_ID}&post_logout_redirect_uri=http%3A%2F%2Ftestserver%2Flogin"


def test_made_up_codes_have_us_ask_the_provider_a_limited_number_of_times(
    client: Client, acme: IdentityProvider, op: OP, settings: Any
) -> None:
    settings.SIGN_IN_TRIES_PER_ADDRESS = 3
    backs = [brought_back(client, acme, op) for _ in range(4)]

    answers = [client.get(path_of(acme, "endpoint"), {**back, "code": "made-up"}) for back in backs]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert op.asked.count("/token") == 3 and 0 < int(answers[-1]["Retry-After"]) <= 900


def test_people_behind_one_address_are_not_limited(
    client: Client, acme: IdentityProvider, op: OP, settings: Any
) -> None:
    settings.SIGN_IN_TRIES_PER_ADDRESS = 3

    assert [sign_in(Client(), acme, op).status_code for _ in range(5)] == [302] * 5
