import uuid

from django.db import models
from django.db.models import Q

from accounts.models.users import User


class FactorKind(models.TextChoices):
    TOTP = "totp", "authenticator app"
    PASSKEY = "passkey", "passkey"


class Factor(models.Model):
    """A second factor of a local user: an authenticator app (TOTP, RFC 6238) or a passkey (WebAuthn)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="factors")
    kind = models.CharField(max_length=10, choices=FactorKind.choices)
    name = models.CharField(max_length=60)
    secret_encrypted = models.BinaryField(default=b"", help_text="The TOTP secret.")
    last_step = models.BigIntegerField(default=0, help_text="The TOTP time step of the last code that was used.")
    credential_id = models.CharField(
        max_length=1400, blank=True, help_text="WebAuthn credential id, base64url; blank for TOTP."
    )
    credential = models.BinaryField(default=b"", help_text="WebAuthn attested credential data, with the public key.")
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("credential_id",), condition=Q(kind=FactorKind.PASSKEY), name="passkey_credential_unique"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({FactorKind(self.kind).label})"


class RecoveryCode(models.Model):
    """A code that stands in for a second factor once; of 80 random bits, so that a plain digest keeps it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "digest"), name="recovery_code_unique"),)

    def __str__(self) -> str:
        return f"recovery code of {self.user}"
