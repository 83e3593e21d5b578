"""Client applications and their secrets."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

import audit.services as audit
from access.models import TENANT_ID, AccessRule, SubjectType
from access.services import permitted, require, require_at_least, revoke_rules_of
from common.actors import Actor
from common.errors import Conflict, Invalid, NotFound
from tokens.models import Application
from tokens.models.applications import NAME
from tokens.services.clients import RESERVED, hash_secret, new_secret


@transaction.atomic
def create_application(*, actor: Actor, name: str) -> tuple[Application, str]:
    """Make an application; its secret is answered this once."""
    require(actor, "create", "apps")
    _check_name(name)
    secret = new_secret()
    application = Application(name=name, client_id=name, secret_hash=hash_secret(secret), created_by=str(actor))
    # An access rule may have been waiting for this name: who makes its owner hands that access out.
    require_at_least(actor, application)
    try:
        with transaction.atomic():
            application.save(force_insert=True)
    except IntegrityError:
        raise Conflict("application_exists", f"An application named {name} exists already.") from None
    audit.record("application:create", actor=actor, target=application)
    return application, secret


@transaction.atomic
def rotate_secret(*, actor: Actor, application: Application) -> str:
    """Give a new secret, which is answered this once; the old one is refused from now on."""
    require(actor, "update", "apps")
    require_at_least(actor, application)
    secret = new_secret()
    current = _locked(application)
    current.secret_hash = hash_secret(secret)
    current.save(update_fields=["secret_hash", "updated_at"])
    audit.record("application:secret:rotate", actor=actor, target=application)
    return secret


@transaction.atomic
def set_application_enabled(*, actor: Actor, application: Application, enabled: bool) -> Application:
    """A disabled application gets no tokens, and those it has are refused."""
    require(actor, "update", "apps")
    require_at_least(actor, application)
    current = _locked(application)
    if current.enabled != enabled:
        current.enabled = enabled
        current.save(update_fields=["enabled", "updated_at"])
        audit.record("application:enable" if enabled else "application:disable", actor=actor, target=current)
    return current


@transaction.atomic
def delete_application(*, actor: Actor, application: Application) -> None:
    """Remove an application with its access rules, so that a later one of that name inherits nothing."""
    require(actor, "delete", "apps")
    require_at_least(actor, application)
    current = _locked(application)
    audit.record("application:delete", actor=actor, target=current)
    revoke_rules_of(actor=actor, subject_type="app", subject_id=current.client_id)
    current.delete()


def _locked(application: Application) -> Application:
    current = Application.objects.select_for_update().filter(pk=application.pk).first()
    if current is None:
        raise NotFound("not_found", f"The application {application} was deleted meanwhile.")
    return current


def _check_name(name: str) -> None:
    try:
        NAME(name)
    except ValidationError as error:
        raise Invalid("bad_name", error.messages[0]) from None
    # A client id must never read like a user's id: the subject of a token is one or the other (RFC 9700 §4.15).
    if name in RESERVED or _is_uuid(name):
        raise Invalid("reserved_name", f"{name} can't be an application's name.")


def _is_uuid(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def visible_applications(actor: Actor) -> QuerySet[Application]:
    """All for who reads applications in the whole tenant; else those named by rules where the actor reads them."""
    scopes = permitted(actor, "read", "apps")
    if scopes.filter(pk=TENANT_ID).exists():
        return Application.objects.all()
    rules = AccessRule.objects.live().filter(subject_type=SubjectType.APP, scope__in=scopes)
    return Application.objects.filter(client_id__in=rules.values("subject_id"))
