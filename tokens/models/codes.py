"""Rows that live for minutes: codes, waiting devices, used assertions. All are stored as hashes."""

from django.db import models

from accounts.models import Session
from common.lookup import LookUp
from tokens.models.applications import Application
from tokens.models.grants import Grant


class AuthorizationCode(models.Model):
    """RFC 6749 §4.1.2. A redeemed one is kept till it expires, so that a replay can end what it gave."""

    code_hash = models.CharField(primary_key=True, max_length=64)
    application = models.ForeignKey(Application, on_delete=models.CASCADE)
    session = models.ForeignKey(Session, on_delete=models.CASCADE)
    redirect_uri = models.CharField(max_length=2000)
    scope = models.CharField(max_length=200, blank=True)
    audience = models.CharField(max_length=200, blank=True)
    nonce = models.CharField(max_length=500, blank=True)
    code_challenge = models.CharField(max_length=128, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    redeemed_at = models.DateTimeField(null=True)
    grant = models.ForeignKey(Grant, on_delete=models.SET_NULL, null=True)

    def __str__(self) -> str:
        return f"code for {self.application}"


with_code_hash = LookUp(
    AuthorizationCode, "session", "session__user", "application", "grant", "grant__application", "grant__session"
)


class KeptRequest(models.Model):
    """An authorization request that is too long to be carried through the sign-in, while somebody signs in."""

    reference_hash = models.CharField(primary_key=True, max_length=64)
    query = models.TextField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"request until {self.expires_at}"


class DeviceCode(models.Model):
    """RFC 8628: a device that waits until somebody enters its user code."""

    device_code_hash = models.CharField(primary_key=True, max_length=64)
    user_code_hash = models.CharField(max_length=64, unique=True)
    application = models.ForeignKey(Application, on_delete=models.CASCADE)
    scope = models.CharField(max_length=200, blank=True)
    audience = models.CharField(max_length=200, blank=True)
    source_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)
    interval = models.PositiveSmallIntegerField(help_text="Seconds between polls; grows with each slow_down.")
    polled_at = models.DateTimeField(null=True)
    approved_in = models.ForeignKey(Session, on_delete=models.CASCADE, null=True)
    denied_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"device waiting with {self.application}"


class SeenAssertion(models.Model):
    """A client assertion that was used, until it would be refused for its age anyway (RFC 7523 §3)."""

    assertion_hash = models.CharField(primary_key=True, max_length=64)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.assertion_hash


class RegistrationToken(models.Model):
    """An initial access token for dynamic client registration (RFC 7591 §3)."""

    token_hash = models.CharField(primary_key=True, max_length=64, editable=False)
    note = models.CharField(max_length=100, help_text="Who it is for.")
    uses_left = models.PositiveIntegerField(default=1)
    expires_at = models.DateTimeField(db_index=True)
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    made_by = models.CharField(
        max_length=60,
        blank=True,
        editable=False,
        default="",
        db_default="",  # a server of the version before knows nothing of it
        help_text="Who was shown it to hand it over, by id; blank: the server, or it is from before this was kept.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.note


class LogoutNotice(models.Model):
    """A back-channel logout that a client has not acknowledged yet."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE)
    sub = models.CharField(max_length=40)
    sid = models.CharField(max_length=40)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("application", "sid"), name="one_logout_notice_each"),)

    def __str__(self) -> str:
        return f"logout notice for {self.application}"
