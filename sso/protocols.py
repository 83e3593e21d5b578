"""The doors by type. Each is imported when it is first used: where one can't be, the others go on."""

import logging
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, cast

from common.errors import Unavailable
from sso.messages import Outgoing
from sso.models import IdentityProvider
from sso.models.providers import Type
from sso.said import Said
from sso.trial import Trial

logger = logging.getLogger(__name__)

_DOORS = {Type.SAML: "sso.saml.door", Type.OIDC: "sso.oidc", Type.OPENSHIFT: "sso.openshift"}


class Door(Protocol):
    """What these modules can do, whatever the protocol."""

    def read_metadata(self, text: str, *, url: str, entity_id: str = "") -> dict[str, Any]:
        """What the provider says of itself, for `IdentityProvider.peer`; or Invalid. Of several, `entity_id`."""

    def begin(
        self, provider: IdentityProvider, *, request_id: str, again: bool, now: datetime
    ) -> tuple[Outgoing, dict[str, str]]:
        """Where the browser goes, and what it keeps for the answer."""


class OpenIDDoor(Door, Protocol):
    """Those where the browser brings a code, and not the answer itself."""

    def finish(
        self,
        provider: IdentityProvider,
        *,
        given: dict[str, str],
        kept: dict[str, str],
        request_id: str,
        trial: Trial,
        now: datetime,
    ) -> Said: ...

    def ask_again(
        self, provider: IdentityProvider, *, refresh_token: str, subject: str, trial: Trial, now: datetime
    ) -> Said: ...


def protocol_of(provider: IdentityProvider) -> Door:
    return cast(Door, _door(Type(provider.type)))


def saml() -> ModuleType:
    """All of `sso.saml.door`, for what only SAML has."""
    return _door(Type.SAML)


def openid_of(provider: IdentityProvider) -> OpenIDDoor:
    return cast(OpenIDDoor, _door(Type(provider.type)))


def _door(type_: Type) -> ModuleType:
    try:
        return import_module(_DOORS[type_])
    except ImportError as error:
        logger.exception("a library of single sign-on can't be loaded")
        raise Unavailable(
            "protocol_unavailable", f"{type_.label} can't be used on this server now. Ask its operator."
        ) from error
