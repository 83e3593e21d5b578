from django.db import models

from sso.models.providers import IdentityProvider


class KeyState(models.TextChoices):
    NEXT = "next", "published, not used yet"
    ACTIVE = "active", "signs and decrypts"
    RETIRING = "retiring", "decrypts what is still sent under it"


class ServiceProviderKey(models.Model):
    """A key pair of ours for one SAML provider: it signs our requests and decrypts assertions."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="keys")
    state = models.CharField(max_length=10, choices=KeyState.choices)
    certificate = models.TextField(help_text="PEM, self-signed: providers compare it, nobody follows a chain.")
    private_key_encrypted = models.BinaryField(editable=False, help_text="PKCS#8 DER under MultiFernet.")
    not_after = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("provider", "state"),
                condition=models.Q(state__in=(KeyState.ACTIVE, KeyState.NEXT)),
                name="one_key_signs_and_one_is_next",
            ),
        )

    def __str__(self) -> str:
        return f"{self.provider}: {KeyState(self.state).label}"
