"""C5: what anybody can send is counted on the trouble page, and pushes nothing out that a provider said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from lxml import etree

from accounts.models import User
from audit.models import Event
from audit.repeats import FIRST
from sso.models import Attempt, IdentityProvider
from sso.services.attempts import KEPT, KEPT_OF_STRANGERS
from tests.conftest import BrowserAs
from tests.sso.bindings import posted
from tests.sso.forging import without_signatures
from tests.sso.idp_keys import key
from tests.sso.signing import NAMES
from tests.sso.signing_in import JANE, Visitor, path_of
from tests.sso.statement import DENIED, ago

A_FLOOD = 20


def unsigned(visitor: Visitor, **told: Any) -> str:
    return posted(without_signatures(visitor.idp.response(visitor.idp.read(visitor.ask()), **told)))


def of_another_issuer(visitor: Visitor) -> str:
    return unsigned(visitor, issuer="https://elsewhere.example.com")


def status_message(visitor: Visitor) -> str:
    """A failure in a stranger's words."""
    message = etree.fromstring(without_signatures(visitor.idp.response(visitor.idp.read(visitor.ask()), status=DENIED)))
    status = message.find("samlp:Status", NAMES)
    etree.SubElement(status, f"{{{NAMES['samlp']}}}StatusMessage").text = "Call 555-0100 and tell your password"
    return posted(etree.tostring(message))


# What a stranger posts, and what it is refused for.
STRANGERS: dict[str, tuple[Callable[[Visitor], str], str]] = {
    "rubbish": (lambda visitor: "YQ==", "bad_message"),
    "unsigned": (unsigned, "bad_signature"),
    "signed by a stranger": (
        lambda visitor: visitor.idp.answer(visitor.idp.read(visitor.ask()), key=key("stranger")),
        "bad_signature",
    ),
    "another issuer": (of_another_issuer, "other_issuer"),
    "a failure": (status_message, "provider_failed"),
    "for elsewhere": (lambda visitor: unsigned(visitor, destination="https://x.example.com"), "other_recipient"),
    "issued long ago": (lambda visitor: unsigned(visitor, issued=ago(days=1)), "bad_time"),
    "two assertions": (lambda visitor: unsigned(visitor, assertions=2), "bad_assertion"),
    "encrypted for somebody else": (
        lambda visitor: visitor.idp.answer(
            visitor.idp.read(visitor.ask()), sign_response=False, encrypted=key("stranger").pem
        ),
        "bad_encryption",
    ),
}


def flood(visitor: Visitor, field: str, times: int = A_FLOOD) -> Any:
    """The last answer."""
    for _ in range(times):
        answer = Client().post(path_of(visitor.provider, "endpoint"), {"SAMLResponse": field})
    return answer


def refused_for_real(visitor: Visitor) -> Attempt:
    """A refusal of what the provider signed."""
    visitor.sign_in(attributes={"mail": ["jane@acme.com"]})
    return Attempt.objects.get(code="no_email")


@pytest.mark.parametrize("name", STRANGERS)
def test_a_flood_is_counted(visitor: Visitor, name: str) -> None:
    real, (make, code) = refused_for_real(visitor), STRANGERS[name]
    before = Event.objects.count()
    answer = flood(visitor, make(visitor))

    strange = Attempt.objects.filter(code=code)
    assert strange.count() == KEPT_OF_STRANGERS // 2
    assert Event.objects.count() - before == FIRST
    assert sum(attempt.repeated for attempt in strange) == A_FLOOD - KEPT_OF_STRANGERS // 2
    assert not any(attempt.is_of_provider for attempt in strange)
    assert strange.latest("at").reference in answer.content.decode()
    assert Attempt.objects.filter(pk=real.pk, is_of_provider=True).exists()


@pytest.mark.slow
def test_floods_of_every_kind_together_push_nothing_out(visitor: Visitor) -> None:
    visitor.sign_in()
    real = refused_for_real(Visitor(visitor.idp, visitor.provider))
    kept = set(Attempt.objects.values_list("pk", flat=True))
    messages = [make(visitor) for make, _ in STRANGERS.values()]
    for hours in range(3):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            for message in messages:
                flood(visitor, message, KEPT_OF_STRANGERS)

    assert real.pk in kept <= set(Attempt.objects.values_list("pk", flat=True))
    assert Attempt.objects.filter(is_of_provider=False).count() <= KEPT_OF_STRANGERS * len(STRANGERS)


def test_what_was_signed_once_is_counted_when_it_comes_again(visitor: Visitor) -> None:
    """Whoever caught it, or got it for themselves, can send it as often as they like."""
    old = visitor.idp.answer(visitor.idp.read(visitor.ask()), name_id="jane-1", attributes=JANE, confirmed_until=ago())
    used = visitor.idp.answer(visitor.idp.read(visitor.ask()), name_id="jane-1", attributes=JANE)
    before = Event.objects.count()
    flood(visitor, old)
    flood(visitor, used)

    counted = {attempt.code: (attempt.repeated, attempt.is_of_provider) for attempt in Attempt.objects.all()}
    assert counted == {"bad_time": (A_FLOOD - 1, True), "replayed": (A_FLOOD - 2, True)}
    assert Event.objects.count() == before + 2 * FIRST


@pytest.mark.parametrize("leaf", ["continue?handle=x", "logout?SAMLRequest=x&SigAlg=y&Signature=z"])
def test_other_addresses_are_counted_too(visitor: Visitor, leaf: str) -> None:
    for _ in range(A_FLOOD):
        assert Client().get(path_of(visitor.provider, leaf)).status_code in (400, 401)

    assert Attempt.objects.count() == KEPT_OF_STRANGERS // 2
    assert sum(attempt.repeated for attempt in Attempt.objects.all()) == A_FLOOD - KEPT_OF_STRANGERS // 2


@pytest.mark.slow
def test_the_providers_own_are_bounded_too(visitor: Visitor) -> None:
    for _ in range(KEPT + 3):
        visitor.sign_in(name_id="jane-1", audiences=[])

    assert Attempt.objects.filter(code="other_audience").count() == KEPT


def test_a_stranger_that_comes_for_a_disabled_provider(visitor: Visitor) -> None:
    field = visitor.idp.answer(visitor.idp.read(visitor.ask()), name_id="jane-1", attributes=JANE)
    IdentityProvider.objects.update(enabled=False)
    flood(visitor, field)

    assert Attempt.objects.get().repeated == A_FLOOD - 1


def test_the_page_says_what_is_not_verified_and_how_often_it_came(
    visitor: Visitor, ada: User, browser_as: BrowserAs
) -> None:
    flood(visitor, status_message(visitor))
    attempt = Attempt.objects.latest("at")

    page = browser_as(ada).get(f"/admin/sso/attempt/{attempt.pk}/change/").content.decode()

    assert "Nothing shows that the provider sent this" in page
    assert f"{A_FLOOD - KEPT_OF_STRANGERS // 2} more since {attempt.at:%H:%M}" in page
    words = page.partition("Call 555-0100")[2].partition("</tr>")[0]
    assert "not verified" in words


def test_nobody_learns_by_the_reference_whether_a_message_could_be_decrypted(visitor: Visitor) -> None:
    """Otherwise changed messages, one after the other, tell what is in an encrypted one (CBC)."""
    ours = visitor.idp.sp_certificate("encryption")
    unreadable = visitor.idp.answer(visitor.ask(), sign_response=False, encrypted=key("stranger").pem)
    unsigned = visitor.idp.answer(visitor.ask(), sign_response=False, key=key("stranger"), encrypted=ours)
    assert [flood(visitor, field).status_code for field in (unreadable, unsigned)] == [401, 401]

    pages = {flood(visitor, field, 1).content for field in (unreadable, unsigned, unreadable)}

    assert len(pages) == 1
