import uuid

from django.db import models

from accounts.names import LONGEST_EMAIL
from sso.models.providers import IdentityProvider
from sso.refusals import BEGINNING


class AttemptOutcome(models.TextChoices):
    SIGNED_IN = "signed in", "signed in"
    TESTED = "tested", "tested"
    REFUSED = "refused", "refused"


class Attempt(models.Model):
    """A sign-in attempt for troubleshooting: every check and the mapped attributes, but no secret."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=9, unique=True, help_text="What the refused person can read out.")
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=AttemptOutcome.choices)
    is_test = models.BooleanField("test", default=False)
    code = models.CharField(max_length=60, blank=True, help_text="Why it was refused.")
    checks = models.JSONField(default=list, help_text="[{check, verdict, detail}], in the order they were made.")
    mapped = models.JSONField(default=dict, help_text="What the mapping made of it.")
    email = models.CharField("e-mail", max_length=LONGEST_EMAIL, blank=True)
    source_ip = models.GenericIPAddressField("source IP", null=True)
    is_of_provider = models.BooleanField(
        "verified", default=False, help_text="The provider signed it; anybody can send what is not signed."
    )
    message_hash = models.CharField(max_length=64, blank=True, editable=False, help_text="SHA-256 of what was signed.")
    repeated = models.PositiveIntegerField(default=0, help_text="How many more of the same came after it.")
    repeated_at = models.DateTimeField("last repeated", null=True)

    class Meta:
        ordering = ("-at",)
        verbose_name = "sign-in attempt"
        indexes = (
            models.Index(fields=("provider", "-at"), name="attempts_newest_first"),
            models.Index(fields=("provider", "is_of_provider", "code", "-at"), name="attempts_of_a_kind"),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def has_no_message(self) -> bool:
        """Return True if it was refused before the provider was asked, so that nobody sent anything."""
        return any(check["check"] == BEGINNING for check in self.checks)


class WaitingSignIn(models.Model):
    """A verified assertion that waits for the browser. It is taken once."""

    handle_hash = models.CharField(max_length=64, primary_key=True)
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE)
    said_encrypted = models.BinaryField(editable=False)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"waiting for {self.provider}"


class SeenAssertion(models.Model):
    """An assertion that was used, or whose session the provider ended, kept until it expires: it can't be used then."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, help_text="SHA-256 of its ID.")
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("provider", "digest"), name="an_assertion_is_used_once"),)

    def __str__(self) -> str:
        return self.digest
