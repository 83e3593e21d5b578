"""S23: a LogoutRequest that can't be trusted, or means somebody else, ends nothing."""

from typing import Any

import pytest
from django.test import Client
from saml2.xmldsig import SIG_RSA_SHA1

from accounts.models import Session
from audit.models import Event
from sso.models import IdentityProvider
from tests.sso.idp import IdP
from tests.sso.idp_keys import key
from tests.sso.signing_in import Visitor, connect, last_attempt, path_of
from tests.sso.statement import ago

pytestmark = pytest.mark.slow


def send(visitor: Visitor, request: Any) -> Any:
    if isinstance(request, str):
        return Client().get(request)
    return Client().post(path_of(visitor.provider, "logout"), request)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "unsigned": ({"signed": False}, "bad_signature"),
    "signed by a stranger": ({"key": key("stranger")}, "bad_signature"),
    "for another address": ({"destination": "https://elsewhere.example.com"}, "other_recipient"),
    "of another issuer": ({"issuer": "https://other.example.com"}, "other_issuer"),
    "over": ({"not_on_or_after": ago().strftime("%Y-%m-%dT%H:%M:%SZ")}, "bad_time"),
    "signed with SHA-1": ({"algorithm": SIG_RSA_SHA1}, "bad_signature"),
}


@pytest.mark.parametrize("binding", ["post", "redirect"])
@pytest.mark.parametrize("name", WRONG)
def test_s23_a_request_that_is(visitor: Visitor, name: str, binding: Any) -> None:
    told, code = WRONG[name]
    visitor.sign_in()

    answer = send(visitor, visitor.idp.logout_request("jane-1", binding=binding, **told))

    assert 400 <= answer.status_code < 500
    assert (last_attempt().code, visitor.is_signed_in()) == (code, True)
    assert Event.objects.filter(action="session:sign-out", result="Failed", reason=code).exists()


@pytest.mark.parametrize(
    ("name_id", "index"), [("jane-1", "_other"), ("john-1", None), ("JANE-1", None), (" jane-1", None)]
)
def test_s23_a_request_that_means_somebody_else(visitor: Visitor, name_id: str, index: str | None) -> None:
    visitor.sign_in()

    send(visitor, visitor.idp.logout_request(name_id, index, binding="redirect"))

    assert visitor.is_signed_in()


def test_s23_another_providers_request_for_the_same_name(visitor: Visitor) -> None:
    other = IdP("https://other.example.com/metadata", url="https://other.example.com", keys=[key("other")])
    there = Visitor(other, connect(other, alias="other"))
    visitor.sign_in()

    send(there, other.logout_request("jane-1", binding="redirect"))
    send(visitor, {**other.logout_request("jane-1")})  # type: ignore[dict-item]  # a form

    assert visitor.is_signed_in()


def test_s23_a_part_of_the_query_is_changed(visitor: Visitor) -> None:
    visitor.sign_in()
    url = str(visitor.idp.logout_request("jane-1", binding="redirect", relay_state="a"))

    for changed in (
        url.replace("RelayState=a", "RelayState=b"),
        f"{url}&SAMLRequest=x",
        f"{url}&SAMLReques%74=x",
        f"{url}&%52elayState=b",
        f"{url}&%52elayState=",
        url.replace("Signature=", "S="),
    ):
        assert Client().get(changed).status_code in (400, 401)
    assert visitor.is_signed_in()


def test_s09_s23_a_disabled_providers_request(visitor: Visitor) -> None:
    visitor.sign_in()
    request = visitor.idp.logout_request("jane-1", binding="redirect")
    IdentityProvider.objects.update(enabled=False)

    assert send(visitor, request).status_code == 403
    assert Session.objects.live().exists()
