"""Client applications and their secrets."""

import hashlib
import hmac
import secrets
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

import audit.services as audit
from access.models import TENANT_ID, AccessRule, SubjectType
from access.services import permitted, require, require_at_least, revoke_rules_of
from common.actors import Actor
from common.errors import Conflict, Invalid, NotFound, Unauthenticated
from tokens.models import Application
from tokens.models.applications import NAME

# Clients that the server itself brings along; an application of such a name could pass for one.
FIRST_PARTY = frozenset({"cli", "runai", "runai-cli"})
RESERVED = FIRST_PARTY | {"runai-cli-sso", "remote-browser"}


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


def check_secret(*, client_id: str, secret: str) -> Application:
    """The application with these credentials, or Unauthenticated, alike for unknown, wrong and disabled.

    Tries are not counted: 256 random bits can't be guessed, and a lock would be a way to stop somebody else's robot.
    """
    application = Application.objects.filter(client_id=client_id).first()
    stored = application.secret_hash if application else ""
    if not hmac.compare_digest(stored, hash_secret(secret)) or application is None or not application.enabled:
        why = (
            "unknown application" if application is None else "disabled" if not application.enabled else "wrong secret"
        )
        audit.record("token:refuse", actor=None, target=application, result=audit.FAILED, reason=why)
        raise Unauthenticated("bad_credentials", "The client id or the secret is not right, or it is disabled.")
    return application


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


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
