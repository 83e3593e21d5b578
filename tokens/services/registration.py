"""Dynamic client registration (RFC 7591): by programs that were handed an initial access token, and by nobody else."""

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

import audit.services as audit
from access.models import TENANT_ID
from access.services import permitted, require
from accounts.services.makers import GIVER_HOLDS_LESS, made_by, maker_of
from common.actors import SYSTEM, Actor
from common.errors import Forbidden, Invalid, NotFound, Unauthenticated
from common.hashes import sha256_of
from common.visible import is_visible, shows
from common.wording import Wording
from tokens.client_metadata import Registration, registration_of
from tokens.lookalikes import why_misleading
from tokens.models import Application, RegistrationToken
from tokens.models.applications import GrantType
from tokens.services.applications import register_client

MOST_USES = 1000
LONGEST_LIFE = timedelta(days=365)
LONGEST_STEM = 60
# What a program may say of itself. The rest is for people to decide, who see what they decide.
ALLOWED = frozenset(
    {
        "display_name",
        "application_type",
        "token_endpoint_auth_method",
        "jwks",
        "grant_types",
        "redirect_uris",
        "post_logout_redirect_uris",
        "scopes",
        "algorithm",
        "backchannel_logout_uri",
        "backchannel_logout_session_required",
    }
)


@transaction.atomic
def create_registration_token(
    *, actor: Actor, note: str, uses: int, lifetime: timedelta
) -> tuple[RegistrationToken, str]:
    """Make an initial access token, which is answered this once; each use of it registers one client."""
    require(actor, "create", "apps")
    if not shows(note) or len(note) > 100 or not is_visible(note):
        raise Invalid("bad_note", "Say who the token is for, in at most 100 printable characters.")
    if not 0 < uses <= MOST_USES:
        raise Invalid("bad_uses", Wording("A token is for 1 to {most} registrations.", most=MOST_USES))
    if not timedelta() < lifetime <= LONGEST_LIFE:
        raise Invalid("bad_lifetime", Wording("A token lives for at most {days} days.", days=LONGEST_LIFE.days))

    secret = secrets.token_urlsafe(32)
    token = RegistrationToken.objects.create(
        token_hash=sha256_of(secret),
        note=note.strip(),
        uses_left=uses,
        expires_at=timezone.now() + lifetime,
        created_by=str(actor),
        made_by=made_by(actor),
    )
    # Not as target: its primary key is the token's hash, which is for nobody to read.
    expires_at = token.expires_at.isoformat()
    audit.record("registration_token:create", actor=actor, note=token.note, uses=uses, expires_at=expires_at)
    return token, secret


@transaction.atomic
def delete_registration_token(*, actor: Actor, token: RegistrationToken) -> None:
    """Nobody registers with it from now on; what was registered stays."""
    require(actor, "delete", "apps")
    gone, _ = RegistrationToken.objects.filter(pk=token.pk).delete()
    if not gone:
        raise NotFound("not_found", "This token was deleted meanwhile.")
    audit.record("registration_token:delete", actor=actor, note=token.note)


def visible_registration_tokens(actor: Actor) -> QuerySet[RegistrationToken]:
    """For who reads applications in the whole tenant."""
    reads_all = permitted(actor, "read", "apps").filter(pk=TENANT_ID).exists()
    return RegistrationToken.objects.all() if reads_all else RegistrationToken.objects.none()


def register_dynamically(*, token: str, registration: Mapping[str, object]) -> tuple[Application, str]:
    """Make a client of somebody else's, which signs people in with their consent, and its secret if it has one.

    Unauthenticated `invalid_token`; Invalid as `tokens.client_metadata` has it. A refused one doesn't use the token up.
    """
    try:
        return _register(token, registration)
    except Forbidden:
        note = _usable(token).values_list("note", flat=True).first() or ""
        audit.record("registration_token:use", actor=None, result=audit.FAILED, reason=GIVER_HOLDS_LESS, note=note)
        raise Unauthenticated(
            "invalid_token", "Who made this initial access token may not make one any more."
        ) from None


@transaction.atomic
def _register(token: str, registration: Mapping[str, object]) -> tuple[Application, str]:
    _require_its_maker(token)
    used = _use(token)
    _check_modest(registration)
    application, secret = register_client(
        actor=SYSTEM,
        name=_name_for(str(registration.get("display_name", ""))),
        registration={"grant_types": [GrantType.AUTHORIZATION_CODE.value], **registration},
        created_by=f"registration token: {used.note}",
    )
    _refuse_addresses_here(registration_of(application))
    audit.record("registration_token:use", actor=SYSTEM, target=application, note=used.note, uses_left=used.uses_left)
    return application, secret


def _check_modest(registration: Mapping[str, object]) -> None:
    """It asks for nothing that only people may give; whether it makes sense is judged with every other."""
    for name in sorted(registration.keys() - ALLOWED):
        raise _refused(name, "can't be registered by a program.")
    grants = registration.get("grant_types", ())
    if isinstance(grants, list | tuple) and GrantType.CLIENT_CREDENTIALS in grants:
        raise _refused("grant_types", "ask an administrator for client_credentials.")
    told_at = registration.get("backchannel_logout_uri", "")
    if told_at and not str(told_at).startswith("https://"):
        # The loopback, where administrators may put one, is ours.
        raise _refused("backchannel_logout_uri", "must begin with https://.")
    title = registration.get("display_name", "")
    if isinstance(title, str) and title:
        ours = Application.objects.filter(first_party=True).values_list("name", "display_name")
        # People would take it for another on the page that asks them (RFC 7591 §5).
        if why := why_misleading(title, names_of_ours=[name for both in ours for name in both if name]):
            raise _refused("display_name", why)


def _refuse_addresses_here(registered: Registration) -> None:
    """Refuse addresses of this server: people would be sent with a stranger's code to a page that they trust."""
    named = {
        "redirect_uris": registered.redirect_uris,
        "post_logout_redirect_uris": registered.post_logout_redirect_uris,
        "backchannel_logout_uri": [registered.backchannel_logout_uri],
    }
    for name, addresses in named.items():
        if any(_place(address) == _place(settings.PUBLIC_URL) for address in addresses):
            raise _refused(name, "an address of this server can't be a client's.")


def _place(address: str) -> tuple[str, int | None]:
    """Return the host and the port."""
    parts = urlsplit(address)
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return (parts.hostname or "").rstrip("."), parts.port or usual


def _refused(name: str, sentence: str) -> Invalid:
    return Invalid("invalid_client_metadata", f"{name}: {sentence}", field=name)


def _require_its_maker(token: str) -> None:
    """Raise Forbidden for a token that is good, if whoever made it could not make another one: they know it too."""
    found = _usable(token).first()
    if found is None:
        return  # refused where it is used
    maker = maker_of(found.made_by)
    if maker is None:
        raise Forbidden("forbidden", "Who made it is gone.")
    require(maker, "create", "apps")


def _use(token: str) -> RegistrationToken:
    # Conditional, so that of two requests at once the last use is one's alone.
    if not _usable(token).update(uses_left=F("uses_left") - 1):
        raise Unauthenticated("invalid_token", "The initial access token is not valid, used up or expired.")
    return RegistrationToken.objects.get(token_hash=sha256_of(token))


def _usable(token: str) -> QuerySet[RegistrationToken]:
    return RegistrationToken.objects.filter(token_hash=sha256_of(token), uses_left__gt=0, expires_at__gt=timezone.now())


def _name_for(title: str) -> str:
    """Return what people read of it, made to fit a client id, and unlike every other."""
    stem = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:LONGEST_STEM].strip("-")
    if not stem[:1].isalpha():
        stem = f"client-{stem}".strip("-")
    return f"{stem}-{secrets.token_hex(6)}"
