"""The sign-in protocols, imported at first use.

If a protocol's library is missing or broken, the other protocols still work.
"""

import logging
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast

from common.errors import Unavailable
from common.wording import Wording
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.messages import Incoming, Outgoing
from sso.models import IdentityProvider
from sso.models.providers import ProviderType
from sso.saml.values import LogoutRequest

if TYPE_CHECKING:
    from saml2.config import SPConfig

logger = logging.getLogger(__name__)

_MODULES = {
    ProviderType.SAML: "sso.saml.service_provider",
    ProviderType.OIDC: "sso.oidc",
    ProviderType.OPENSHIFT: "sso.openshift",
}


class SignInProtocol(Protocol):
    """Functions that every protocol has."""

    def read_metadata(self, text: str, *, url: str, entity_id: str = "") -> dict[str, Any]:
        """Return the metadata for `IdentityProvider.peer`, or raise Invalid. `entity_id` picks one of several.

        Beside it, `valid_until` (ISO 8601) and `cache_seconds`, where the metadata says so.
        """

    def begin(
        self, provider: IdentityProvider, *, request_id: str, again: bool, now: datetime
    ) -> tuple[Outgoing, dict[str, str]]:
        """Return the request that the browser takes along, and what the browser keeps for the response."""


class OpenIDProtocol(SignInProtocol, Protocol):
    """OpenID Connect and OAuth 2: the browser brings a code, which we redeem for the assertion."""

    def finish(
        self,
        provider: IdentityProvider,
        *,
        given: dict[str, str],
        kept: dict[str, str],
        request_id: str,
        log: CheckLog,
        now: datetime,
    ) -> VerifiedAssertion: ...

    def refresh(
        self, provider: IdentityProvider, *, refresh_token: str, subject: str, log: CheckLog, now: datetime
    ) -> VerifiedAssertion: ...


class SAMLProtocol(SignInProtocol, Protocol):
    """SAML 2.0: the browser posts the response. There are metadata of ours, and single logout."""

    def sp_config(self, provider: IdentityProvider) -> "SPConfig": ...

    def our_metadata(self, provider: IdentityProvider, config: "SPConfig") -> str: ...

    def read(self, provider: IdentityProvider, field: str, *, log: CheckLog, now: datetime) -> VerifiedAssertion: ...

    def session_info(self, assertion: VerifiedAssertion) -> dict[str, Any]: ...

    def read_attributes(self, assertion: str) -> dict[str, list[str]]: ...

    def request_logout(
        self,
        provider: IdentityProvider,
        *,
        subject: str,
        name_id: dict[str, str],
        session_index: str,
        now: datetime,
    ) -> Outgoing: ...

    def read_logout_request(
        self, provider: IdentityProvider, incoming: Incoming, *, log: CheckLog, now: datetime
    ) -> LogoutRequest: ...

    def read_logout_response(
        self, provider: IdentityProvider, incoming: Incoming, *, log: CheckLog, now: datetime
    ) -> None: ...

    def answer_logout(
        self, provider: IdentityProvider, *, in_response_to: str, relay_state: str, now: datetime
    ) -> Outgoing | None: ...


def protocol_of(provider: IdentityProvider) -> SignInProtocol:
    return cast(SignInProtocol, _imported(ProviderType(provider.type)))


def openid_of(provider: IdentityProvider) -> OpenIDProtocol:
    return cast(OpenIDProtocol, _imported(ProviderType(provider.type)))


def saml() -> SAMLProtocol:
    return cast(SAMLProtocol, _imported(ProviderType.SAML))


def _imported(type_: ProviderType) -> ModuleType:
    try:
        return import_module(_MODULES[type_])
    except ImportError as error:
        logger.exception("a library of single sign-on can't be loaded")
        raise Unavailable(
            "protocol_unavailable",
            Wording("{label} can't be used on this server now. Ask its operator.", label=type_.label),
        ) from error


if TYPE_CHECKING:
    # Lets the type checker compare each module with the protocol that the casts above promise.
    from sso import oidc, openshift
    from sso.saml import service_provider

    _saml: SAMLProtocol = service_provider
    _openid: tuple[OpenIDProtocol, OpenIDProtocol] = (oidc, openshift)
