"""A directory connected to the service, and a browser that goes through it."""

from functools import cache
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client

from accounts.models import User
from common.actors import SYSTEM
from sso.models import Attempt, IdentityProvider
from sso.services.providers import connect_provider
from tests.sso.idp import IdP

JANE = {"email": ["jane@acme.com"], "firstName": ["Jane"], "lastName": ["Smith"], "GROUPS": ["developers", "gpu"]}


@cache
def _our_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def path_of(provider: IdentityProvider, leaf: str) -> str:
    return f"/auth/realms/runai/broker/{provider.alias}/{leaf}"


def connect(idp: IdP, *, alias: str = "saml", enabled: bool = True, **fields: Any) -> IdentityProvider:
    """The first one may assert everything, unless `fields` say otherwise; so may each further one here."""
    fields = {"email_domains": ["*"], "group_names": ["*"], **fields}
    with patch("sso.services.keys.generate", return_value=_our_key()):  # each would take half a second
        provider = connect_provider(
            actor=SYSTEM, alias=alias, type="saml", metadata=idp.metadata(), enabled=enabled, **fields
        )
    idp.trust(Client().get(path_of(provider, "endpoint/descriptor")).content.decode())
    return provider


class Visitor:
    """A browser, and what it is told at the provider."""

    def __init__(self, idp: IdP, provider: IdentityProvider, *, browser: Client | None = None) -> None:
        self.idp, self.provider, self.browser = idp, provider, browser or Client()

    def ask(self, **query: str) -> str:
        """Begin; where the browser is sent."""
        answer = self.browser.get(path_of(self.provider, "login"), query)
        assert answer.status_code == 302, answer.content
        return str(answer["Location"])

    def post(self, response: str, **fields: str) -> Any:
        """What the provider's page posts: from another site, so without a cookie. Then the browser goes on."""
        answer = Client().post(path_of(self.provider, "endpoint"), {"SAMLResponse": response, **fields})
        return self.browser.get(answer["Location"]) if answer.status_code == 303 else answer

    def sign_in(self, **told: Any) -> Any:
        """`next` is the page asked for; the rest is what the provider tells."""
        asked = self.idp.read(self.ask(next=told.pop("next", "/")))
        return self.post(self.idp.answer(asked, **{"name_id": "jane-1", "attributes": JANE, **told}))

    def is_signed_in(self) -> bool:
        return self.browser.get("/").status_code == 200


def last_attempt() -> Attempt:
    return Attempt.objects.latest("at")


def failed_checks(attempt: Attempt) -> list[str]:
    return [check["check"] for check in attempt.checks if check["verdict"] == "failed"]


def jane() -> User:
    return User.objects.get(email="jane@acme.com")
