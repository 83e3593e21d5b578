from django.db import models
from django.db.models import Q


class State(models.TextChoices):
    """`next` is published before it signs, `retiring` after; `retired` is not published any more."""

    NEXT = "next", "next"
    ACTIVE = "active", "active"
    RETIRING = "retiring", "retiring"
    RETIRED = "retired", "retired"


class Algorithm(models.TextChoices):
    RS256 = "RS256", "RS256"
    ES256 = "ES256", "ES256"


class SigningKey(models.Model):
    """A key pair that signs tokens. `kid` is the RFC 7638 thumbprint of its public half."""

    kid = models.CharField(primary_key=True, max_length=64, editable=False)
    algorithm = models.CharField(max_length=10, choices=Algorithm.choices, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, editable=False)
    public_jwk = models.JSONField(editable=False)
    private_key_encrypted = models.BinaryField(editable=False, help_text="PKCS#8 DER under MultiFernet.")
    created_at = models.DateTimeField(editable=False, help_text="Published in the JWKS from here on.")
    activated_at = models.DateTimeField(null=True, blank=True, editable=False)
    retiring_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(fields=("algorithm",), condition=Q(state="active"), name="one_active_key"),
            models.UniqueConstraint(fields=("algorithm",), condition=Q(state="next"), name="one_next_key"),
        )

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid[:12]} ({self.state})"
