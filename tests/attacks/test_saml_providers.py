"""S09, S10, S11, S18, S22: what is known of a provider, and when it counts."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from common.actors import SYSTEM
from common.errors import Invalid, Unavailable
from sso.models import IdentityProvider
from sso.services.metadata import refresh_due
from sso.services.providers import connect_provider, disable_provider, update_provider
from tests.attacks.refused import refused
from tests.sso.idp import IdP
from tests.sso.idp_keys import key
from tests.sso.signing_in import JANE, Visitor, connect, last_attempt, path_of

URL = "https://idp.example.com/metadata"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is at the provider's metadata address; an exception is raised. It counts how often it was asked for."""
    there: dict[str, Any] = {"times": 0}

    def fetch(url: str, **bounds: object) -> bytes:
        there["times"] += 1
        if isinstance(there["text"], Exception):
            raise there["text"]
        return str(there["text"]).encode()

    monkeypatch.setattr("sso.services.metadata.fetch", fetch)
    return there


def by_address(visitor: Visitor, served: dict[str, Any]) -> None:
    served["text"] = visitor.idp.metadata()
    update_provider(actor=SYSTEM, provider=visitor.provider, metadata_url=URL)
    IdentityProvider.objects.update(metadata_read_at=timezone.now() - timedelta(hours=1))
    served["times"] = 0


def test_s09_a_provider_disabled_meanwhile(visitor: Visitor, provider: IdentityProvider) -> None:
    asked = visitor.idp.read(visitor.ask())
    disable_provider(actor=SYSTEM, provider=provider)

    answer = visitor.post(visitor.idp.answer(asked, name_id="jane-1", attributes=JANE))

    assert refused(visitor, answer, "provider_disabled") == "The provider is enabled"


def test_s09_a_disabled_provider_begins_by_itself(tree: object, idp: IdP) -> None:
    visitor = Visitor(idp, connect(idp, allow_idp_initiated=True))
    IdentityProvider.objects.update(enabled=False)

    assert refused(visitor, visitor.post(idp.unsolicited(attributes=JANE)), "provider_disabled")


def test_s09_a_made_up_test_does_not_get_around_it(visitor: Visitor) -> None:
    IdentityProvider.objects.update(enabled=False)
    told = {"in_response_to": "_test_made_up", "attributes": JANE}
    field = visitor.idp.unsolicited(visitor.provider.redirect_uri, visitor.provider.entity_id, **told)

    assert refused(visitor, visitor.post(field), "not_asked")


def test_s10_a_provider_that_makes_no_users(visitor: Visitor) -> None:
    IdentityProvider.objects.update(create_users=False)

    assert refused(visitor, visitor.sign_in(), "no_new_users")


def test_s11_a_key_without_use_signs(tree: object, idp: IdP) -> None:
    provider = connect(idp, enabled=False)
    update_provider(actor=SYSTEM, provider=provider, metadata=idp.metadata(use=False))

    assert IdentityProvider.objects.get().peer["certificates"]


@pytest.mark.parametrize("bits", [1024])
def test_s11_metadata_without_a_key_that_verifies_connects_nothing(db: None, idp: IdP, bits: int) -> None:
    weak = IdP(keys=[key("weak", bits=bits)])

    for text in (idp.metadata(certified=False), weak.metadata()):
        with pytest.raises(Invalid, match="no certificate for signing"):
            connect_provider(actor=SYSTEM, alias="saml", type="saml", metadata=text)


def test_s11_without_certificates_nothing_is_believed(visitor: Visitor) -> None:
    IdentityProvider.objects.update(peer={**visitor.provider.peer, "certificates": []})

    assert refused(visitor, visitor.sign_in(), "bad_signature")


@pytest.mark.parametrize(
    "relayed",
    [
        "//evil.example.com",
        "/\\evil.example.com",
        "https:evil.example.com",
        "javascript:alert(1)",
        "\\\\evil",
        "https://user@evil.example.com/",
        "/%0d%0aX: y",
        "a" * 4096,
        "/logout",
        "http:///evil.example.com",
    ],
)
def test_s18_a_relay_state_that_leads_elsewhere_lands_at_home(tree: object, idp: IdP, relayed: str) -> None:
    visitor = Visitor(idp, connect(idp, allow_idp_initiated=True))

    answer = visitor.post(idp.unsolicited(attributes=JANE), RelayState=relayed)

    assert (answer.status_code, answer["Location"]) == (302, answer["Location"])
    assert answer["Location"] in ("/", "/%0d%0aX: y", "/%250d%250aX:%20y", "/%0d%0aX:%20y")


@pytest.mark.parametrize("which", ["old", "new"])
def test_s22_both_certificates_count_while_they_change(tree: object, which: str) -> None:
    idp = IdP(keys=[key("old"), key("new")])
    visitor = Visitor(idp, connect(idp))

    visitor.sign_in(key=key(which))

    assert visitor.is_signed_in()


def test_s22_a_failed_fetch_keeps_the_last_good_metadata(visitor: Visitor, served: dict[str, Any]) -> None:
    by_address(visitor, served)
    for text in (
        Unavailable("unreachable", "It is away."),
        "<x/>",
        "<!DOCTYPE x><x/>",
        IdP("https://other").metadata(),
    ):
        served["text"] = text
        with time_machine.travel(timezone.now() + timedelta(days=2)):
            refresh_due()

    provider = IdentityProvider.objects.get()
    assert provider.metadata_problem
    assert provider.peer == visitor.provider.peer
    visitor.sign_in()
    assert visitor.is_signed_in()


def test_s22_an_unknown_certificate_is_looked_for_once(visitor: Visitor, served: dict[str, Any]) -> None:
    by_address(visitor, served)
    visitor.idp.keys = (key("new"),)
    served["text"] = visitor.idp.metadata()

    visitor.sign_in(key=key("new"))
    Session.objects.all().delete()
    visitor.sign_in(key=key("stranger"))

    assert served["times"] == 1
    assert last_attempt().code == "bad_signature"
    assert IdentityProvider.objects.get().peer["certificates"] != visitor.provider.peer["certificates"]


@pytest.mark.parametrize("binding", ["post", "redirect"])
def test_a_logout_with_a_key_that_is_new(visitor: Visitor, served: dict[str, Any], binding: Any) -> None:
    """The provider's rollover leaves nobody signed in whom it signs out."""
    visitor.sign_in()
    by_address(visitor, served)
    new = key("next")
    served["text"] = IdP(keys=[new]).metadata()
    request = visitor.idp.logout_request("jane-1", binding=binding, key=new)

    for _ in range(2):
        Client().get(request) if isinstance(request, str) else Client().post(
            path_of(visitor.provider, "logout"), request
        )

    assert (served["times"], visitor.is_signed_in()) == (1, False)


def test_s22_a_strangers_logouts_fetch_once(visitor: Visitor, served: dict[str, Any]) -> None:
    visitor.sign_in()
    by_address(visitor, served)

    for _ in range(3):
        Client().get(str(visitor.idp.logout_request("jane-1", binding="redirect", key=key("stranger"))))

    assert (served["times"], visitor.is_signed_in()) == (1, True)
