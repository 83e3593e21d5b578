from django.db import models

from accounts.models import Session, User
from accounts.names import LONGEST_EMAIL
from common.lookup import LookUp
from sso.models.providers import IdentityProvider


class Identity(models.Model):
    """A directory's user, by issuer and subject. Without a linked user they can't sign in."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=1024, help_text="The provider's entity ID or issuer, when it was made.")
    subject = models.CharField(max_length=512, help_text="SAML's NameID, or the sub claim.")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="identities")
    email = models.CharField(
        "e-mail", max_length=LONGEST_EMAIL, help_text="What the directory said at the last sign-in."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "identities"
        ordering = ("email", "provider")
        constraints = (
            models.UniqueConstraint(fields=("provider", "issuer", "subject"), name="one_identity_per_subject"),
        )
        indexes = (
            models.Index(fields=("email", "id"), name="identity_by_email"),
            models.Index(fields=("last_seen_at", "id"), name="identity_by_last_seen"),
        )

    def __str__(self) -> str:
        return f"{self.email} at {self.provider}"


with_subject = LookUp(Identity, "user", by=("provider", "issuer", "subject"))


class ProviderSession(models.Model):
    """The provider's names for one of our sessions, for single logout and for asking the directory again."""

    session = models.OneToOneField(Session, primary_key=True, on_delete=models.CASCADE, related_name="at_provider")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="sessions")
    name_id = models.JSONField(default=dict, help_text="Format and qualifiers of SAML's NameID.")
    session_index = models.CharField(max_length=512, blank=True)
    refresh_token_encrypted = models.BinaryField(editable=False, default=b"")
    check_at = models.DateTimeField(null=True, help_text="When the directory is asked again; null: it can't be.")

    class Meta:
        indexes = (models.Index(fields=("check_at",), name="provider_session_by_check"),)

    def __str__(self) -> str:
        return f"{self.session} at {self.identity.provider}"
