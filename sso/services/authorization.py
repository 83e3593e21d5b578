"""Authorize who connects a directory. A directory can name anybody, so only holders of every permission may."""

from access.services import require
from access.services.administrators import require_to_hold_everything
from accounts.models import User
from common.actors import Actor, System
from common.errors import Forbidden
from sso.models import IdentityProvider


def require_to_manage(actor: Actor) -> None:
    require(actor, "update", "security-settings")
    require_to_hold_everything(actor, "identity provider")


def require_to_take_away(actor: Actor, provider: IdentityProvider) -> None:
    """Require a local administrator to disable or remove the last enabled provider.

    Anybody else may be locked out by that, and so could not undo it.
    """
    require_to_manage(actor)
    others = IdentityProvider.objects.filter(enabled=True).exclude(pk=provider.pk)
    local = isinstance(actor, System) or (isinstance(actor, User) and actor.is_local)
    if provider.enabled and not local and not others.exists():
        raise Forbidden(
            "local_administrator_needed",
            "This is the last identity provider in use. Only a local administrator can disable or remove it.",
        )
