"""The protocols by which providers sign people in. Each is imported when it is first used.

Where one can't be imported, because a library of it is missing or broken, the others go on.
"""

import logging
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, cast

from common.errors import Unavailable
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
    """What each protocol can do."""

    def read_metadata(self, text: str, *, url: str, entity_id: str = "") -> dict[str, Any]:
        """Return what the provider publishes, for `IdentityProvider.peer`; or Invalid. Of several, `entity_id`."""

    def begin(
        self, provider: IdentityProvider, *, request_id: str, again: bool, now: datetime
    ) -> tuple[Outgoing, dict[str, str]]:
        """Return where the browser goes, and what it keeps for the response."""


class OpenIDProtocol(SignInProtocol, Protocol):
    """OpenID Connect and OAuth 2: the browser brings a code, and not the assertion itself."""

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
    """SAML 2.0: the provider posts its response, has metadata of ours, and knows single logout."""

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
            "protocol_unavailable", f"{type_.label} can't be used on this server now. Ask its operator."
        ) from error


if TYPE_CHECKING:
    # The casts above are held to: the type checker compares each module with its protocol.
    from sso import oidc, openshift
    from sso.saml import service_provider

    _saml: SAMLProtocol = service_provider
    _openid: tuple[OpenIDProtocol, OpenIDProtocol] = (oidc, openshift)
