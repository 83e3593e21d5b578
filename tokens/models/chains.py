import uuid

from django.db import models

from accounts.models import Session


class RefreshChain(models.Model):
    """The refresh tokens that followed one sign-in on one device: always one current token, known by its hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="refresh_chains")
    client_id = models.CharField(max_length=100)
    current_hash = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, blank=True)
    rotated_at = models.DateTimeField()
    idle_ends_at = models.DateTimeField(db_index=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"refresh chain of {self.session}"
