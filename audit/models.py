from datetime import datetime
from typing import Any, NoReturn

from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone

from audit.readable import ReadableIterable, readable


class Result(models.TextChoices):
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


# As kube-apiserver writes the id of a token into its own audit log.
OF_KUBERNETES = "JTI="

NARROWED_BY = {
    "action": "audit_by_action",
    "subject": "audit_by_actor",
    "subject_id": "audit_by_subject",
    "entity_name": "audit_by_target",
    "entity_id": "audit_by_entity",
    "source_ip": "audit_by_address",
}


_ACTIONS = """
    WITH RECURSIVE known(action) AS (
        SELECT MIN(action) FROM audit_event
        UNION ALL
        SELECT (SELECT MIN(action) FROM audit_event WHERE action > known.action) FROM known WHERE action IS NOT NULL
    )
    SELECT action FROM known WHERE action IS NOT NULL
"""


class EventQuerySet(models.QuerySet["Event"]):
    """The trail only grows: rows can be added and read, and further refusals like one of them counted on it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._iterable_class = ReadableIterable

    def count_on(self, event: "Event", *, at: datetime) -> None:
        super(EventQuerySet, self.filter(pk=event.pk)).update(repeated=F("repeated") + 1, repeated_until=at)

    def latest_about(self, id_: str, *, most: int, also: Q | None = None) -> list["Event"]:
        """Return the newest entries about or by the object of this id, and those that `also` takes.

        Each is asked by itself, so that it is found in an index that is in this order.
        """
        asked = [Q(subject_id=id_), Q(entity_id=id_), *([also] if also else [])]
        newest = self.order_by("-at", "-pk")
        found = {event.pk: event for one in asked for event in newest.filter(one)[:most]}
        return sorted(found.values(), key=lambda event: (event.at, event.pk), reverse=True)[:most]

    def actions(self) -> list[str]:
        """Return every action of which there is an entry, each found by one step in the index of actions."""
        with connection.cursor() as cursor:
            cursor.execute(_ACTIONS)
            return [action for (action,) in readable(cursor.fetchall) or ()]

    def update(self, **changes: Any) -> NoReturn:
        raise TypeError("audit events are append-only")

    def delete(self) -> NoReturn:
        raise TypeError("audit events are append-only")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("audit events are append-only")


class Event(models.Model):
    """Something that happened: who did what to which object, from where, and how it ended."""

    at = models.DateTimeField(default=timezone.now, editable=False)
    action = models.CharField(max_length=60, help_text="What happened, by its code, for example user:create.")
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
    grant_id = models.CharField(
        max_length=64, blank=True, help_text="What one sign-in gave that client: all its tokens have the same grant_id."
    )
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
            # What the timeline is narrowed by, newest first: a page of it reads as many entries as it shows.
            *(models.Index(fields=(by, "-at", "-id"), name=name) for by, name in NARROWED_BY.items()),
            models.Index(fields=("-at", "-id"), condition=Q(result="Failed"), name="audit_refusals"),
            # Of one request, session, grant or token there are few entries.
            *(
                models.Index(fields=(f"{by}_id",), name=f"audit_by_{by}")
                for by in ("request", "session", "grant", "token")
            ),
            models.Index(fields=("caller_request_id",), name="audit_by_callers_id"),
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
    """The number of refusals of one kind in an hour, or the entry on which further ones of a day are counted."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    window_ends_at = models.DateTimeField(db_index=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.count} until {self.window_ends_at:%H:%M}"


class SealKind(models.TextChoices):
    ENTRIES = "entries"
    COUNTS = "counts"  # of refusals that were counted on an entry, once no more can be
    PRUNED = "pruned"  # strangers' entries that were deleted for their age


class Seal(models.Model):
    """A link of the chain by which changed, removed and inserted entries are found (audit/chain.py)."""

    number = models.PositiveBigIntegerField(primary_key=True)
    kind = models.CharField(max_length=10, choices=SealKind.choices)
    format = models.PositiveSmallIntegerField(help_text="Which fields of an entry its digests cover.")
    sealed_at = models.DateTimeField()
    first_id = models.BigIntegerField(help_text="Entries from this id on are covered,")
    last_id = models.BigIntegerField(help_text="to this one.")
    count = models.PositiveIntegerField(help_text="Entries that it names.")
    content = models.BinaryField(help_text="The id of each, with its digest unless it was deleted.")
    previous = models.CharField(max_length=64, help_text="The hash of the seal before it.")
    hash = models.CharField(max_length=64)
    mac = models.CharField(max_length=64, help_text="HMAC of the hash, by a key derived from IDENTITY_ENCRYPTION_KEYS.")

    class Meta:
        indexes = (models.Index(fields=("kind", "last_id", "first_id"), name="audit_seals_by_range"),)

    def __str__(self) -> str:
        return f"seal {self.number}"


class StreamPosition(models.Model):
    """The position of a stream of the audit log: every entry and seal up to it was delivered."""

    sink = models.CharField(max_length=10, primary_key=True)
    entry_id = models.BigIntegerField(default=0)
    seal_number = models.PositiveBigIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True, help_text="Why the last try failed; empty if it didn't.")

    def __str__(self) -> str:
        return f"{self.sink} up to entry {self.entry_id}"
