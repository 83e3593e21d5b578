"""Guard what an application may do for people, which is power too: who gives it that must have it.

A token of a first-party client, or one for the control plane, does whatever its user may; one for a cluster does so
there. Whoever chooses such a client's redirect URIs or keys can collect those tokens.
"""

from collections.abc import Collection, Iterable

from django.conf import settings

from access.services.administrators import require_the_strongest_role, require_to_hold_everything
from common.actors import Actor
from common.errors import Invalid
from common.wording import Wording
from tokens.ports.audiences import cluster_of


def require_power(actor: Actor, *, first_party: bool, audiences: Iterable[str], known: Collection[str] = ()) -> None:
    """Raise Forbidden unless the actor holds whatever people could do through such a client.

    Invalid `invalid_client_metadata` for an audience that nobody has and that is not `known`: a cluster may have been
    deleted since.
    """
    if first_party:
        require_to_hold_everything(actor, "first_party")
    for audience in audiences:
        if audience == settings.API_AUDIENCE:
            require_to_hold_everything(actor, "audiences")
            continue
        cluster = cluster_of(audience)
        if cluster is not None:
            require_the_strongest_role(actor, "audiences", cluster.scope.ref.path)
        elif audience not in known:
            raise Invalid(
                "invalid_client_metadata",
                Wording("audiences: no cluster has the audience {audience}.", audience=audience),
            )


def require_to_skip_pkce(actor: Actor) -> None:
    """Require all permissions: a code without PKCE can be used by whoever catches it, whoever's it is."""
    require_to_hold_everything(actor, "require_pkce")
