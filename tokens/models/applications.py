import re
import uuid

from django.core.validators import RegexValidator
from django.db import models

# The platform's own pattern for application names; the name is the client id.
NAME = RegexValidator(
    re.compile(r"\A[a-z][-_a-z0-9]{0,98}[a-z0-9]\Z"),
    "A name has 2 to 100 lower-case letters, digits, hyphens and underscores, and begins with a letter.",
)


class Application(models.Model):
    """A client application: it gets tokens by client id and secret, and access rules name it by its client id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100, unique=True, validators=[NAME])
    client_id = models.CharField(max_length=100, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False, help_text="SHA-256 of a 256-bit random secret.")
    enabled = models.BooleanField(default=True, help_text="A disabled application is refused everywhere, at once.")
    last_login = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.CharField(max_length=254, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    subject_type = "App"

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def username(self) -> str:
        return f"service-account-{self.client_id}"

    @property
    def is_authenticated(self) -> bool:
        """Django and DRF ask this of whoever `request.user` is."""
        return True

    def rule_subjects(self) -> frozenset[tuple[str, str]]:
        return frozenset({("app", self.client_id)})
