"""Link identities with users, as an administrator decides."""

from django.db import transaction

import audit.services as audit
from access.services import require_at_least
from accounts.models import Session, User
from accounts.services.sessions import revoke_session
from accounts.services.users import adopt_user
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Conflict, NotFound
from common.locking import hold, lock
from common.wording import Wording
from sso.models import Identity
from sso.refusals import REFUSALS
from sso.services.authorization import require_to_manage
from sso.services.declarations import why_not_allowed


@transaction.atomic
def link_identity(*, actor: Actor, identity: Identity, user: User | None = None) -> Identity:
    """Let the identity sign in as the user; by default as the one with its e-mail."""
    require_to_manage(actor)
    user = user or User.objects.with_email(identity.email).first()
    if user is None:
        raise NotFound(
            "no_user", Wording("There is no user with the e-mail {email}. Make one first.", email=identity.email)
        )
    hold(identity.provider, user)
    identity = lock(identity)
    if identity.user_id is not None:
        raise Conflict("already_linked", Wording("{identity} is linked already. Unlink it first.", identity=identity))
    require_at_least(actor, user)
    if user.identities.filter(provider=identity.provider_id).exists():
        other = Wording("{user} is linked with another identity of {provider}.", user=user, provider=identity.provider)
        raise Conflict("address_reused", Wording("{other} Unlink that first, if it is the same person.", other=other))
    code, detail = why_not_allowed(identity.provider, user)
    if code:
        raise Conflict(code, f"{detail} {REFUSALS[code].advice}")
    identity.user = user
    identity.save(update_fields=["user"])
    if not user.is_local and not user.identities.filter(provider__alias=user.source).exists():
        adopt_user(actor=actor, user=user, source=identity.provider.alias)
    audit.record("identity:link", actor=actor, target=user, provider=identity.provider.alias, known_as=identity.subject)
    announce(Changed.USER, user)
    return identity


@transaction.atomic
def unlink_identity(*, actor: Actor, identity: Identity) -> Identity:
    """Remove the link and end the sessions that the identity began. The user stays."""
    require_to_manage(actor)
    hold(identity.provider, *([identity.user] if identity.user else []))
    identity = lock(identity)
    user = identity.user
    if user is None:
        raise Conflict("not_linked", Wording("{identity} is not linked with a user.", identity=identity))
    require_at_least(actor, user)
    for session in Session.objects.live().filter(user=user, provider_id=identity.provider_id).order_by("pk"):
        revoke_session(actor=actor, session=session, because="identity unlinked")
    identity.user = None
    identity.save(update_fields=["user"])
    audit.record(
        "identity:unlink", actor=actor, target=user, provider=identity.provider.alias, known_as=identity.subject
    )
    announce(Changed.USER, user)
    return identity
