"""What an application may do for people is power too: who gives it that, or holds its credentials, must have it.

A token of a first-party client, or one for the control plane, does whatever its user may; one for a cluster does so
there. Whoever chooses such a client's redirect URIs or keys can collect those tokens.
"""

from collections.abc import Collection, Iterable

from django.conf import settings

from access.catalog import SYSTEM_ADMINISTRATOR
from access.decisions import Path, may_grant
from access.models import ROOT_ID, TENANT_PATH, AccessRule
from access.services import grants_of
from access.services.asking import require_at_least_of
from common.actors import Actor, System
from common.errors import Forbidden, Invalid
from tokens.audiences import cluster_of


def require_power(actor: Actor, *, first_party: bool, audiences: Iterable[str], known: Collection[str] = ()) -> None:
    """Raise Forbidden unless the actor holds whatever people could do through such a client.

    Invalid `invalid_client_metadata` for an audience that nobody has and that is not `known`: a cluster may have been
    deleted since.
    """
    if first_party:
        _require_to_hold_everything(actor, "first_party")
    for audience in audiences:
        if audience == settings.SHARED_AUDIENCE:
            _require_to_hold_everything(actor, "audiences")
            continue
        cluster = cluster_of(audience)
        if cluster is not None:
            _require_the_strongest_role(actor, "audiences", cluster.scope.ref.path)
        elif audience not in known:
            raise Invalid("invalid_client_metadata", f"audiences: no cluster has the audience {audience}.")


def require_to_skip_pkce(actor: Actor) -> None:
    """A code without PKCE can be used by whoever catches it, and the person may be anybody."""
    _require_to_hold_everything(actor, "require_pkce")


def _require_to_hold_everything(actor: Actor, field: str) -> None:
    """Nobody else's power is beyond the actor's: not that of a role, nor that of a rule above the tenant."""
    _require_the_strongest_role(actor, field, TENANT_PATH)
    above = AccessRule.objects.live().filter(scope=ROOT_ID)
    require_at_least_of(actor, frozenset(above.values_list("subject_type", "subject_id")))


def _require_the_strongest_role(actor: Actor, field: str, path: Path) -> None:
    """By the same question as whether they could appoint a system administrator there; they could be one then."""
    if isinstance(actor, System) or may_grant(grants_of(actor), SYSTEM_ADMINISTRATOR, path):
        return
    raise Forbidden(
        "exceeds_own_access", f"{field}: this gives more than you hold yourself. A system administrator may."
    )
