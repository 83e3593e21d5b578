"""State that replicas share about the whole service."""

from django.db import models


class Deployment(models.Model):
    """One row: which code may serve on this schema, and when a write was last tried."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    oldest_generation = models.PositiveIntegerField(default=1)
    written_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"serves generation {self.oldest_generation} and later"


class Lease(models.Model):
    """Work that one process of all replicas does at a time; whoever holds it extends it, or it ends."""

    name = models.CharField(max_length=50, primary_key=True)
    holder = models.CharField(max_length=100)
    ends_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}, held by {self.holder} until {self.ends_at:%Y-%m-%d %H:%M:%S} UTC"
