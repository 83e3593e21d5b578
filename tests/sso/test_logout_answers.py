"""The provider's answer to our LogoutRequest changes nothing here, whenever it arrives. A failure is reported."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from django.test import Client

from accounts.models import GeneralSettings, Session
from audit.models import Event
from sso.models import IdentityProvider
from tests.sso.bindings import Out
from tests.sso.idp import IdP
from tests.sso.idp_keys import key
from tests.sso.signing_in import Visitor, connect, path_of
from tests.sso.statement import NS
from tests.sso.test_single_logout import followed

NOT_THERE = "did not confirm that you are signed out there too"
FAILURES = [f"{NS}:status:{name}" for name in ("Responder", "Requester", "VersionMismatch")]
Way = Literal["redirect", "post"]


@pytest.fixture
def asked(visitor: Visitor) -> Out:
    """Jane signed out here, and the provider is asked to sign her out."""
    visitor.sign_in()
    return visitor.idp.read_logout(followed(visitor)["Location"])


def bring(visitor: Visitor, asked: Out, binding: Way = "redirect", **told: Any) -> Any:
    answer = visitor.idp.logout_response(asked, binding=binding, **told)
    if isinstance(answer, str):
        return visitor.browser.get(answer)
    return visitor.browser.post(path_of(visitor.provider, "logout"), answer)


@pytest.mark.parametrize("elsewhere", ["", "https://intranet.acme.com/"])
@pytest.mark.parametrize("binding", ["redirect", "post"])
@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_is_told(visitor: Visitor, asked: Out, status: str, binding: Way, elsewhere: str) -> None:
    GeneralSettings.objects.update_or_create(pk=1, defaults={"logout_redirect_uri": elsewhere})

    page = bring(visitor, asked, binding, status=status)

    assert page.status_code == 200
    assert NOT_THERE in page.content.decode()
    refused = Event.objects.get(result="Failed")
    assert (refused.action, refused.reason) == ("session:sign-out", "provider_failed")


UNTRUSTED: dict[str, dict[str, Any]] = {
    "unsigned": {"signed": False},
    "by a stranger": {"key": key("stranger")},
    "by another issuer": {"issuer": "https://elsewhere.example.com"},
    "for elsewhere": {"destination": "https://elsewhere.example.com/logout"},
    "of long ago": {"issue_instant": "2020-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("name", UNTRUSTED)
def test_an_answer_that_is_not_trusted_confirms_nothing(visitor: Visitor, asked: Out, name: str) -> None:
    page = bring(visitor, asked, "post", **UNTRUSTED[name])

    assert NOT_THERE in page.content.decode()
    assert {event.action for event in Event.objects.filter(result="Failed")} == {"session:sign-out"}


def test_whom_the_provider_never_answers_is_signed_out(visitor: Visitor, asked: Out) -> None:
    assert not visitor.is_signed_in()
    assert not Session.objects.live().exists()


@pytest.mark.parametrize("name", ["twice", "to another request", "after the provider was disabled"])
def test_an_odd_answer_ends_like_any_other(visitor: Visitor, asked: Out, name: str) -> None:
    told: dict[str, Any] = {}
    if name == "twice":
        bring(visitor, asked)
    elif name == "to another request":
        told = {"in_response_to": "_another"}
    else:
        IdentityProvider.objects.update(enabled=False)

    answer = bring(visitor, asked, **told)

    assert (answer.status_code, answer["Location"]) == (302, "/login?signed-out")


@pytest.mark.parametrize("status", [f"{NS}:status:Success", *FAILURES])
@pytest.mark.parametrize("who", ["jane-1", "john-1"])
def test_whoever_signed_in_in_this_browser_since_stays(visitor: Visitor, asked: Out, who: str, status: str) -> None:
    visitor.sign_in(
        name_id=who, attributes={"email": [f"{who}@acme.com"]} if who != "jane-1" else {"email": ["jane@acme.com"]}
    )
    session = Session.objects.live().get()

    answer = bring(visitor, asked, status=status)

    assert answer.status_code == (200 if status in FAILURES else 302)
    assert visitor.is_signed_in()
    assert Session.objects.live().get() == session


def test_another_provider_can_not_answer_for_it(visitor: Visitor, asked: Out) -> None:
    other = Visitor(IdP(), connect(IdP(), alias="other"), browser=visitor.browser)

    page = visitor.browser.post(path_of(other.provider, "logout"), visitor.idp.logout_response(asked, binding="post"))

    assert NOT_THERE in page.content.decode()


def deleted(visitor: Visitor) -> None:
    visitor.provider.delete()


def disabled(visitor: Visitor) -> None:
    IdentityProvider.objects.update(enabled=False)


def without_a_place(visitor: Visitor) -> None:
    IdentityProvider.objects.update(peer={**visitor.provider.peer, "sign_out": {}})


@pytest.mark.parametrize("meanwhile", [deleted, disabled, without_a_place])
def test_what_happened_to_the_provider_keeps_nobody_signed_in(
    visitor: Visitor, meanwhile: Callable[[Visitor], None]
) -> None:
    visitor.sign_in()
    page = visitor.browser.post("/logout")
    meanwhile(visitor)

    answer = visitor.browser.get(page.context["elsewhere"])

    assert (answer.status_code, answer["Location"]) == (302, "/login?signed-out")
    assert Client().get(page.context["elsewhere"]).status_code == 302
    assert not visitor.is_signed_in()
