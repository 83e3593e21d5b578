"""Sign-ins through a directory: what the provider posts, and the browser that comes for it afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from bench.load import Caller
from common.actors import SYSTEM
from sso.models import IdentityProvider
from sso.saml import service_provider
from sso.services.providers import connect_provider
from sso.services.sign_in import receive
from tests.sso.idp import IdP

BROKER = f"/auth/realms/{settings.REALM}/broker"
ATTRIBUTES = {"email": ["jane@acme.com"], "GROUPS": [f"group-{number}" for number in range(20)]}


def _directory() -> tuple[IdP, IdentityProvider]:
    """One that begins sign-ins itself, so that each answer stands alone."""
    idp = IdP()
    provider = IdentityProvider.objects.filter(alias="bench").first() or connect_provider(
        actor=SYSTEM, alias="bench", type="saml", metadata=idp.metadata(), enabled=True, allow_idp_initiated=True
    )
    idp.trust(service_provider.our_metadata(provider, service_provider.sp_config(provider)))
    return idp, provider


@dataclass
class Posting:
    """A new response each time, signed twice and encrypted as asked; its making is not measured."""

    idp: IdP
    provider: IdentityProvider
    encrypted: bool
    expects: bytes = b"303"

    def answer(self) -> str:
        return self.idp.unsolicited(name_id="jane", attributes=ATTRIBUTES, encrypted=self.encrypted)

    def request(self) -> bytes:
        body = urlencode({"SAMLResponse": self.answer()})
        head = [
            f"POST {BROKER}/bench/endpoint HTTP/1.1",
            f"Host: {settings.ALLOWED_HOSTS[0]}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join(head) + "\r\n\r\n" + body).encode()

    def answered(self, body: bytes) -> None:
        pass


@dataclass
class Coming(Posting):
    """The browser with the handle of what was posted before, which is not measured."""

    expects: bytes = b"302"

    def request(self) -> bytes:
        handle = receive(self.provider, self.answer())
        head = [
            f"GET {BROKER}/bench/continue?handle={handle} HTTP/1.1",
            f"Host: {settings.ALLOWED_HOSTS[0]}",
            "Content-Type: text/plain",
        ]
        return ("\r\n".join(head) + "\r\n\r\n").encode()


def callers(kind: type[Posting], *, encrypted: bool = False) -> Callable[[Any], Callable[[int], list[Caller]]]:
    def ready(world: object) -> Callable[[int], list[Caller]]:
        idp, provider = _directory()
        return lambda many: [kind(idp, provider, encrypted) for _ in range(many)]

    return ready
