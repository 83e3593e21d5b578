"""A directory by OpenID Connect, and whoever comes from it: real HTTP and signatures, and quicker than SAML."""

import json
from typing import Any

from django.test import Client

from accounts.models import User
from common.actors import SYSTEM
from sso.models import IdentityProvider
from sso.services.providers import connect_provider
from tests.sso.op import CLIENT_ID, CLIENT_SECRET, OP
from tests.sso.signing_in import path_of

JANE = {"sub": "jane-1", "email": "jane@acme.com", "email_verified": True, "groups": ["developers"]}


class Directory:
    def __init__(self, op: OP, alias: str = "acme", **fields: Any) -> None:
        self.op = op
        self.provider = connect_provider(
            actor=SYSTEM,
            alias=alias,
            type="oidc",
            metadata=json.dumps(op.discovery()),
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            **{"groups_attribute": "groups", "enabled": True, **fields},
        )

    def sign_in(self, browser: Client | None = None, **claims: Any) -> Any:
        """The answer to the browser that comes back. A claim that is None is left out."""
        browser = browser or Client()
        self.op.user = {name: value for name, value in {**JANE, **claims}.items() if value is not None}
        self.op.claims["sub"] = self.op.user["sub"]
        sent = browser.get(path_of(self.provider, "login"))
        return browser.get(path_of(self.provider, "endpoint"), self.op.authorize(sent["Location"]))

    def change(self, **fields: Any) -> None:
        IdentityProvider.objects.filter(pk=self.provider.pk).update(**fields)


def is_signed_in(browser: Client) -> bool:
    return browser.get("/").status_code == 200


def user_of(email: str = "jane@acme.com") -> User:
    return User.objects.get(email=email)
