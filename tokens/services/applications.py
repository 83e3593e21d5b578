"""Client applications: their registration and their secrets."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit.services as audit
from access.models import TENANT_ID, AccessRule, SubjectType
from access.services import permitted, require, require_at_least, revoke_rules_of
from access.services.locking import lock_tree
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Conflict, Invalid
from common.hashes import sha256_of
from common.locking import lock, lock_to_remove
from common.replacing import NamedSecret, Secrets, refuse_unnamed, replacing
from common.wording import Wording
from tokens.client_metadata import Registration, columns_of, registration_of, revised
from tokens.models import Application, Grant
from tokens.models.applications import NAME
from tokens.ports.audiences import is_like_a_clusters
from tokens.services.applications_power import require_power, require_to_skip_pkce
from tokens.services.clients import COPIED_BY_HAND, RESERVED, new_secret
from tokens.services.consents import forget_what_is_gone

# An application has two published names, and the roles a permission for each: a verb asks for that of the name used.
Named = Literal["apps", "service-account"]
APPS: Final = "apps"
# Long enough to bring the new one to every replica, as with a cluster's credentials.
OVERLAP = timedelta(hours=1)
SECRETS = ("secret_hash", "previous_secret_hash", "previous_secret_ends_at")
# Of a client that the server brings along: where people come back to, which depends on the installation.
EDITABLE_IN_BUILT_IN = frozenset(
    {
        "redirect_uris",
        "post_logout_redirect_uris",
        "backchannel_logout_uri",
        "backchannel_logout_session_required",
    }
)


@transaction.atomic
def register_client(
    *, actor: Actor, name: str, registration: Mapping[str, object], created_by: str = "", named: Named = APPS
) -> tuple[Application, str]:
    """Make an application of any kind; `registration` has fields of `tokens.client_metadata.Registration`.

    Its secret is answered this once; empty where it has none.
    """
    require(actor, "create", named)
    _check_name(name)
    registered = revised(Registration(), registration)
    secret = new_secret() if registered.has_secret else ""
    application = Application(
        name=name,
        client_id=name,
        secret_hash=sha256_of(secret) if secret else "",
        created_by=created_by or str(actor),
        **columns_of(registered),
    )
    # An access rule may have been waiting for this name: who makes its owner hands that access out.
    require_at_least(actor, application)
    _require_registration(actor, Registration(), registered)
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            "application_exists", Wording("An application named {name} exists already.", name=name)
        ) from None
    audit.record("application:create", actor=actor, target=application, **_differing(Registration(), registered))
    announce(Changed.APPLICATION, application)
    return application, secret


@transaction.atomic
def update_registration(
    *, actor: Actor, application: Application, changes: Mapping[str, object], named: Named = APPS
) -> Application:
    """Change fields of `tokens.client_metadata.Registration`. Without a secret to show, the one it had is forgotten."""
    require(actor, "update", named)
    current = _held(actor, application)
    if current.built_in:
        _check_built_in(current, changes)
    before = registration_of(current)
    after = revised(before, changes)
    _require_registration(actor, before, after)
    differing = _differing(before, after)
    if not differing:
        return current

    for column, value in columns_of(after).items():
        setattr(current, column, value)
    if not after.has_secret:
        current.secret_hash = current.previous_secret_hash = ""
        current.previous_secret_ends_at = None
    current.save(update_fields=[*differing, *SECRETS, "updated_at"])
    audit.record("application:update", actor=actor, target=current, **differing)
    announce(Changed.APPLICATION, current)
    _end_what_was_taken(before, after, current)
    return current


def _end_what_was_taken(before: Registration, after: Registration, application: Application) -> None:
    """End what is taken from a client: the gate refuses it at once, and so it stays when it is given again."""
    taken = set(before.audiences) - set(after.audiences)
    if taken:
        live = Grant.objects.filter(application=application, audience__in=taken, revoked_at=None)
        live.update(revoked_at=timezone.now())
    if taken or set(before.scopes) - set(after.scopes) or set(before.redirect_uris) - set(after.redirect_uris):
        forget_what_is_gone(application)


@transaction.atomic
def rotate_secret(*, actor: Actor, application: Application, overlap: timedelta = OVERLAP, named: Named = APPS) -> str:
    """Give a new secret, which is answered this once. The one before it is good for `overlap` more, and none before."""
    require(actor, "update", named)
    with replacing(SECRET, application):
        current = _held(actor, application)
    if not registration_of(current).has_secret:
        raise Conflict("no_secret", Wording("{current} is registered without a secret.", current=current))
    secret = new_secret()
    current.previous_secret_hash, current.previous_secret_ends_at = "", None
    if overlap and current.secret_hash:
        current.previous_secret_hash, current.previous_secret_ends_at = current.secret_hash, timezone.now() + overlap
    current.secret_hash = sha256_of(secret)
    current.save(update_fields=[*SECRETS, "updated_at"])
    seconds = int(overlap.total_seconds())
    audit.record("application:secret:rotate", actor=actor, target=application, overlap_seconds=seconds)
    announce(Changed.APPLICATION, current)
    return secret


@transaction.atomic
def end_previous_secret(*, actor: Actor, application: Application, named: Named = APPS) -> Application:
    """Refuse the secret before the last rotation from now on."""
    require(actor, "update", named)
    current = _held(actor, application)
    if not current.has_previous_secret:
        raise Conflict(
            "secret_ended", Wording("The secret before this one of {current} has ended already.", current=current)
        )
    refuse_unnamed(OLD_SECRET, current)
    current.previous_secret_hash, current.previous_secret_ends_at = "", None
    current.save(update_fields=[*SECRETS, "updated_at"])
    audit.record("application:secret:end", actor=actor, target=application)
    announce(Changed.APPLICATION, current)
    return current


@transaction.atomic
def set_application_enabled(
    *, actor: Actor, application: Application, enabled: bool, named: Named = APPS
) -> Application:
    """Enable or disable an application. A disabled one gets no tokens, and those it has are refused."""
    if not enabled:
        lock_tree()  # what the application itself is about to give is there by now, or will not be
    require(actor, "update", named)
    current = _held(actor, application)
    if current.enabled != enabled:
        current.enabled = enabled
        current.save(update_fields=["enabled", "updated_at"])
        audit.record("application:enable" if enabled else "application:disable", actor=actor, target=current)
        announce(Changed.APPLICATION, current)
    return current


@transaction.atomic
def delete_application(*, actor: Actor, application: Application, named: Named = APPS) -> None:
    """Remove an application with its access rules, so that a later one of that name inherits nothing."""
    lock_tree()
    require(actor, "delete", named)
    lock_to_remove(application)
    current = _held(actor, application)
    if current.built_in:
        raise Conflict(
            "built_in",
            Wording("{current} comes with the server. It can be disabled, and not deleted.", current=current),
        )
    audit.record("application:delete", actor=actor, target=current)
    announce(Changed.APPLICATION, current)
    revoke_rules_of(actor=actor, subject_type="app", subject_id=current.client_id)
    current.delete()


def visible_applications(actor: Actor, *, named: Named = APPS) -> QuerySet[Application]:
    """All for who reads applications in the whole tenant; else those named by rules where the actor reads them."""
    scopes = permitted(actor, "read", named)
    if scopes.filter(pk=TENANT_ID).exists():
        return Application.objects.all()
    rules = AccessRule.objects.live().filter(subject_type=SubjectType.APP, scope__in=scopes)
    return Application.objects.filter(client_id__in=rules.values("subject_id"))


def _held(actor: Actor, application: Application) -> Application:
    """Return the application as it is now, locked: neither for itself nor for people can it do more than the actor."""
    current = lock(application)
    require_at_least(actor, current)
    require_power(actor, first_party=current.first_party, audiences=current.audiences, known=current.audiences)
    return current


def _require_registration(actor: Actor, before: Registration, after: Registration) -> None:
    require_power(actor, first_party=after.first_party, audiences=after.audiences, known=before.audiences)
    if before.require_pkce and not after.require_pkce:
        require_to_skip_pkce(actor)


def _check_built_in(application: Application, changes: Iterable[str]) -> None:
    fixed = sorted(set(changes) - EDITABLE_IN_BUILT_IN)
    if application.client_id == COPIED_BY_HAND:
        raise Conflict(
            "built_in",
            Wording(
                "{application} comes with the server. It can be disabled, and not changed.", application=application
            ),
        )
    if fixed:
        raise Conflict(
            "built_in",
            Wording(
                "{application} comes with the server: {fixed} can't be changed in it.",
                application=application,
                fixed=fixed[0],
            ),
        )


def _differing(before: Registration, after: Registration) -> dict[str, Any]:
    """Return what changed, by field. There is no secret among them: of keys only the public half is taken."""
    return {name: value for name, value in vars(after).items() if value != getattr(before, name)}


def _check_name(name: str) -> None:
    try:
        NAME(name)
    except ValidationError as error:
        raise Invalid("bad_name", error.messages[0]) from None
    # A client id must never read like a user's id: the subject of a token is one or the other (RFC 9700 §4.15).
    # Nor like somebody's audience: tokens that are for the client alone would be accepted there.
    if name in RESERVED or _is_uuid(name) or is_like_a_clusters(name):
        raise Invalid("reserved_name", Wording("{name} can't be an application's name.", name=name))


def _is_uuid(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def _secret_named(application: Application) -> list[NamedSecret]:
    made = audit.last_recorded("application:secret:rotate", "application:create", target=application)
    name = Wording("Present secret")
    return [NamedSecret(name, made_at=made.at, made_by=made.subject) if made else NamedSecret(name)]


SECRET = Secrets[Application](
    of=lambda application: Application.objects.filter(pk=application.pk).values_list("secret_hash"),
    named=_secret_named,
)


def _old_secret_named(application: Application) -> list[NamedSecret]:
    ends_at = application.previous_secret_ends_at
    return [NamedSecret(Wording("Old secret"), ends_at=ends_at)] if application.has_previous_secret else []


OLD_SECRET = Secrets[Application](
    of=lambda application: (
        Application.objects.filter(pk=application.pk)
        .exclude(previous_secret_hash="")
        .values_list("previous_secret_hash")
    ),
    named=_old_secret_named,
)
