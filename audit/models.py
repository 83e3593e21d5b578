from datetime import datetime
from typing import Any, NoReturn

from django.apps import apps
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Result(models.TextChoices):
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


class EventQuerySet(models.QuerySet["Event"]):
    """The trail only grows: rows can be added and read, and further refusals like one of them counted on it."""

    def count_on(self, event: "Event", *, at: datetime) -> None:
        super(EventQuerySet, self.filter(pk=event.pk)).update(repeated=F("repeated") + 1, repeated_until=at)

    def about(self, id_: str) -> "EventQuerySet":
        """What was done to the object of this id, and what the user or application of this id did."""
        # The index begins with the type: named, all of them, it is used without knowing which it is.
        types = [model._meta.object_name for model in apps.get_models()]
        return self.filter(Q(entity_type__in=types, entity_id=id_) | Q(subject_id=id_))

    def update(self, **changes: Any) -> NoReturn:
        raise TypeError("audit events are append-only")

    def delete(self) -> NoReturn:
        raise TypeError("audit events are append-only")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("audit events are append-only")


class Event(models.Model):
    """Something that happened: who did what to which object, from where, and how it ended."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    action = models.CharField(max_length=60, help_text="noun:verb, for example user:create")
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.SUCCEEDED)
    reason = models.CharField(
        max_length=200, blank=True, help_text="Why it was refused; never shown to who was refused."
    )

    subject_type = models.CharField(max_length=20, help_text="User, App or System")
    subject_id = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=254, blank=True)

    entity_type = models.CharField(max_length=40, blank=True)
    entity_id = models.CharField(max_length=64, blank=True)
    entity_name = models.CharField(max_length=254, blank=True)
    cluster_id = models.CharField(max_length=64, blank=True)

    client_id = models.CharField(max_length=100, blank=True, help_text="The client by which they acted.")
    session_id = models.CharField(max_length=64, blank=True, help_text="The session in which they acted.")
    token_id = models.CharField(max_length=64, blank=True, help_text="The jti of the access token that they showed.")
    source_ip = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)
    http_method = models.CharField(max_length=10, blank=True, help_text="console for a command, which the URL names.")
    url = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    caller_request_id = models.CharField(
        max_length=64, blank=True, help_text="What the caller wrote in X-Request-ID: chosen by them."
    )
    metadata = models.JSONField(default=dict, blank=True)
    repeated = models.PositiveIntegerField(default=0, help_text="Further refusals like this one, counted here alone.")
    repeated_until = models.DateTimeField(null=True, blank=True, help_text="When the last of these was.")

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (
            models.Index(fields=("-at", "-id"), name="audit_newest_first"),
            models.Index(fields=("entity_type", "entity_id"), name="audit_by_entity"),
            models.Index(fields=("subject_id",), name="audit_by_subject"),
            models.Index(fields=("request_id",), name="audit_by_request"),
            models.Index(fields=("session_id",), name="audit_by_session"),
            models.Index(fields=("token_id",), name="audit_by_token"),
            models.Index(fields=("subject_type", "at"), name="audit_by_subject_type"),
            # The plot of the admin's first page: of a million entries it reads the sign-ins of a month.
            models.Index(
                fields=("action", "result", "at", "repeated"),
                condition=Q(action="session:sign-in"),
                name="audit_sign_ins_by_day",
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.result}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("audit events are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("audit events are append-only")


class Repeat(models.Model):
    """How many refusals of one kind there were in an hour, or the entry on which further ones of a day are counted."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField(db_index=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.count} until {self.window_ends_at:%H:%M}"
