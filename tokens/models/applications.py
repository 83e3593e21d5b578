import json
import re
import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from common.actors import Name
from common.hashes import sha256_of
from common.lookup import LookUp
from tokens.claims import SCOPES
from tokens.models.keys import Algorithm

if TYPE_CHECKING:

    class AbstractApplication(models.Model):
        """The part of django-oauth-toolkit's, which has no types, that stays."""

        CLIENT_CONFIDENTIAL = "confidential"
        CLIENT_PUBLIC = "public"
        CLIENT_TYPES: ClassVar[tuple[tuple[str, str], ...]]

        redirect_uris = models.TextField(blank=True)
        post_logout_redirect_uris = models.TextField(blank=True)
        allowed_origins = models.TextField(blank=True)

        class Meta:
            abstract = True
else:
    from oauth2_provider.models import AbstractApplication

# The platform's own pattern for application names; the name is the client id.
NAME = RegexValidator(
    re.compile(r"\A[a-z][-_a-z0-9]{0,98}[a-z0-9]\Z"),
    "A name has 2 to 100 lower-case letters, digits, hyphens and underscores, and begins with a letter.",
)


class GrantType(models.TextChoices):
    """`grant_type` as it is sent to the token endpoint."""

    AUTHORIZATION_CODE = "authorization_code", "authorization code"
    REFRESH_TOKEN = "refresh_token", "refresh token"
    CLIENT_CREDENTIALS = "client_credentials", "client credentials"
    DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code", "device code"


class AuthMethod(models.TextChoices):
    """`token_endpoint_auth_method` (OpenID Connect Core §9)."""

    BASIC = "client_secret_basic", "secret, in the Authorization header"
    POST = "client_secret_post", "secret, in the body"
    PRIVATE_KEY_JWT = "private_key_jwt", "JWT signed with a key of its own"
    NONE = "none", "none: a public client"


class ApplicationType(models.TextChoices):
    """`application_type` (OpenID Connect Dynamic Client Registration §2)."""

    WEB = "web", "web"
    NATIVE = "native", "native: on people's own machines"


LOOPBACK = ("127.0.0.1", "::1")
KEY_MEMBERS = ("kty", "crv", "n", "e", "x", "y")  # RFC 7638 §3.2


def every_scope() -> list[str]:
    return list(SCOPES)


def client_credentials_only() -> list[str]:
    return [GrantType.CLIENT_CREDENTIALS.value]


class Application(AbstractApplication):
    """A client: it gets tokens for itself by its own credentials, for people by their consent, or both.

    Access rules name it by its client id. What django-oauth-toolkit's base has and this leaves out is replaced by a
    field of ours: one grant type by a list, a slow password hash by that of a 256-bit secret.
    """

    user = None
    authorization_grant_type = None
    client_secret = None
    hash_client_secret = None
    skip_authorization = None
    registration_source = None
    cimd_expires_at = None
    created = None
    updated = None

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True, validators=[NAME])
    client_id = models.CharField("client ID", max_length=100, unique=True, editable=False)
    display_name = models.CharField(max_length=100, blank=True, help_text="What people read when they are asked.")
    enabled = models.BooleanField(default=True, help_text="A disabled application is refused everywhere, at once.")
    built_in = models.BooleanField(default=False, editable=False)
    first_party = models.BooleanField(
        default=False, help_text="Ours: people aren't asked, and its tokens are for the control plane."
    )

    secret_hash = models.CharField(max_length=64, editable=False, help_text="SHA-256 of a 256-bit random secret.")
    previous_secret_hash = models.CharField(max_length=64, blank=True, editable=False)
    previous_secret_ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    client_type = models.CharField(
        max_length=32, choices=AbstractApplication.CLIENT_TYPES, default=AbstractApplication.CLIENT_CONFIDENTIAL
    )
    application_type = models.CharField(max_length=10, choices=ApplicationType.choices, default=ApplicationType.WEB)
    token_endpoint_auth_method = models.CharField(max_length=30, choices=AuthMethod.choices, default=AuthMethod.BASIC)
    jwks = models.JSONField("JWKS", null=True, blank=True, help_text="Its public keys, for private_key_jwt.")

    grant_types = models.JSONField(default=client_credentials_only)
    scopes = models.JSONField(default=every_scope, blank=True)
    audiences = models.JSONField(
        default=list, blank=True, help_text="Whose tokens it may ask for on behalf of people, beside its own."
    )
    require_pkce = models.BooleanField("require PKCE", default=True)
    backchannel_logout_uri = models.CharField("back-channel logout URI", max_length=2000, blank=True)
    backchannel_logout_session_required = models.BooleanField(default=True)
    algorithm = models.CharField(
        max_length=10, choices=Algorithm.choices, default=Algorithm.RS256, help_text="Signs its tokens."
    )
    access_token_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(30), MaxValueValidator(86_400)],
        help_text="How long its access tokens live. Blank: as everybody's.",
    )

    last_login = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    subject_type: ClassVar[str] = "App"

    class Meta(AbstractApplication.Meta):
        abstract = False
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        """Return what people call it."""
        return self.display_name or self.name

    @property
    def username(self) -> str:
        return f"service-account-{self.client_id}"

    @property
    def is_authenticated(self) -> bool:
        """Django and DRF ask this of whoever `request.user` is."""
        return True

    @property
    def is_public(self) -> bool:
        return bool(self.client_type == self.CLIENT_PUBLIC)

    @property
    def acts_for_itself(self) -> bool:
        return not self.is_public and self.allows(GrantType.CLIENT_CREDENTIALS)

    @property
    def is_native(self) -> bool:
        return self.application_type == ApplicationType.NATIVE

    @property
    def rule_subject(self) -> tuple[str, str]:
        return "app", self.client_id

    def rule_subjects(self) -> frozenset[tuple[str, str]]:
        return frozenset({self.rule_subject})

    @property
    def asserted_by(self) -> str:
        return ""

    def own_name(self) -> Name:
        return Name(*self.rule_subject)

    def names(self) -> frozenset[Name]:
        return frozenset({self.own_name()})

    def allows(self, grant_type: str) -> bool:
        return grant_type in self.grant_types

    def may_ask_for(self, audience: str) -> bool:
        """Return whether the tokens that it gets for people may be for this audience."""
        return self.first_party or audience in (self.client_id, *self.audiences)

    @property
    def has_previous_secret(self) -> bool:
        """Return whether the secret before the last rotation still counts."""
        ends_at = self.previous_secret_ends_at
        return bool(self.previous_secret_hash) and ends_at is not None and ends_at > timezone.now()

    def proofs(self) -> list[str]:
        """Fingerprints of that by which it proves who it is: its secret, or each of its keys."""
        if self.token_endpoint_auth_method == AuthMethod.PRIVATE_KEY_JWT:
            keys = (self.jwks or {}).get("keys", [])
            known = [json.dumps({name: key.get(name) for name in KEY_MEMBERS}) for key in keys]
        else:
            known = [self.secret_hash or "public"]
        return sorted(sha256_of(proof) for proof in known)

    def as_shown(self) -> str:
        """Return a fingerprint of what people are asked about.

        Which client this is, who it is, and where it takes them.
        """
        shown = [str(self.pk), self.title, self.proofs(), self.redirect_uris.split()]
        return sha256_of(json.dumps(shown))

    def clean(self) -> None:
        """Its verbs validate a registration whole; the base would judge by fields that are gone."""

    # What django-oauth-toolkit asks of a client.

    def is_usable(self, request: Any) -> bool:
        return self.enabled

    def allows_grant_type(self, *grant_types: str) -> bool:
        """In the toolkit's own words for grant types: it writes a hyphen where the wire has an underscore."""
        return any(self.allows(name if ":" in name else name.replace("-", "_")) for name in grant_types)

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Exactly as registered (RFC 9700 §4.1.3); a native client's loopback port is free (RFC 8252 §7.3)."""
        return self.is_one_of(uri, self.redirect_uris.split())

    def is_one_of(self, uri: str, redirect_uris: Collection[str]) -> bool:
        if uri in redirect_uris:
            return True
        return self.is_native and _without_port(uri) in {_without_port(known) for known in redirect_uris} - {""}

    def post_logout_redirect_uri_allowed(self, uri: str) -> bool:
        return uri in self.post_logout_redirect_uris.split()

    def get_absolute_url(self) -> str:
        raise NotImplementedError("the admin knows where its pages are")


with_client_id = LookUp(Application, by="client_id")


def _without_port(uri: str) -> str:
    """Return a loopback redirect URI without its port; empty for every other."""
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return ""
    host = "[::1]" if parts.hostname == "::1" else parts.hostname
    spelled = f"{host}:{port}" if port is not None else host
    # Spelled in any other way, with a user or a leading zero, it is not one.
    if parts.hostname not in LOOPBACK or parts.netloc != spelled or not uri.startswith("http://"):
        return ""
    return uri.replace(f"http://{spelled}", f"http://{host}", 1)


def validate_redirect_uri(uri: str, *, native: bool) -> None:
    """ValidationError unless people may be sent there: https; for native clients loopback http and own schemes."""
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        raise ValidationError(f"{uri} is not a URI.") from None
    if not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri or "*" in uri:
        raise ValidationError(f"{uri} has characters that no redirect URI has.")
    if parts.fragment or uri.endswith("#") or parts.username is not None:
        raise ValidationError(f"{uri} must have no fragment and no user (RFC 6749 §3.1.2).")
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in (*LOOPBACK, "localhost"):
        return
    # RFC 8252 §7.1: a scheme in reverse domain form, so that no web scheme passes.
    if native and "." in parts.scheme and not parts.netloc:
        return
    raise ValidationError(f"{uri} must begin with https://, or be on this machine's loopback for development.")
