from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import models
from django.dispatch import Signal

from audit import repeats
from audit.models import Event, Result
from common import context
from common.actors import SYSTEM, Actor, Principal

# Sent with `event`, once for each call of `record`, also for those that are counted on an earlier entry.
recorded = Signal()

SUCCEEDED = Result.SUCCEEDED
FAILED = Result.FAILED


_unwritten: ContextVar[list[Event] | None] = ContextVar("unwritten", default=None)


@contextmanager
def in_one_statement() -> Iterator[None]:
    """Write the events that are recorded inside by one statement at the end, and none where it fails.

    For a verb that records several and that many call at once; inside its transaction. They have no id before the end.
    """
    unwritten: list[Event] = []
    token = _unwritten.set(unwritten)
    try:
        yield
    finally:
        _unwritten.reset(token)
    Event.objects.bulk_create(unwritten)


def was_recorded(action: str, *, target: models.Model, since: datetime, cluster_id: object = "") -> bool:
    """Return whether this was said of this object lately, so that what goes on and on is not said each time."""
    said = Event.objects.filter(entity_type=str(target._meta.object_name), entity_id=str(target.pk), action=action)
    return said.filter(cluster_id=str(cluster_id), at__gte=since).exists()


def last_recorded(*actions: str, target: models.Model) -> Event | None:
    """Return the newest entry that one of these things was done to this object."""
    said = Event.objects.filter(entity_type=str(target._meta.object_name), entity_id=str(target.pk), action__in=actions)
    return said.filter(result=SUCCEEDED).order_by("-at", "-pk").first()


def record(
    action: str,
    *,
    actor: Actor | None,
    target: models.Model | None = None,
    result: Result = Result.SUCCEEDED,
    reason: str = "",
    subject: str = "",
    cluster_id: object = "",
    unknown: str = "",
    often: bool = False,
    **metadata: object,
) -> Event:
    """Add one event, in the transaction of what it describes; a refusal that repeats may be counted on an earlier one.

    `actor` None stands for somebody unknown, whose claimed name may be given as `subject`. `unknown` is the name of a
    target that there isn't: it is not kept, but tells what repeats. `often` is for what one who is
    known can make happen without end, and is counted like refusals. `metadata` holds what changed in JSON types, and
    never a secret.
    """
    event = Event(
        action=action,
        result=result,
        reason=reason[:200],
        subject_type=actor.subject_type if actor else "",
        subject_id=str(actor.pk) if isinstance(actor, Principal) else "",
        subject=(str(actor) if actor else subject)[:254],
        entity_type=str(target._meta.object_name) if target else "",
        entity_id=str(target.pk) if target else "",
        entity_name=str(target)[:254] if target else "",
        cluster_id=str(cluster_id),
        metadata=metadata,
        **_where_and_by_what(),
    )
    recorded.send(Event, event=event)
    if often or (result == FAILED and actor is not SYSTEM):
        return repeats.write(event, unknown)
    _write(event)
    return event


def _write(event: Event) -> None:
    if (unwritten := _unwritten.get()) is not None:
        unwritten.append(event)
    else:
        event.save()


def _where_and_by_what() -> dict[str, Any]:
    here = context.current()
    return {
        "client_id": here.client_id[:100],
        "session_id": here.session_id,
        "token_id": here.token_id[:64],
        "grant_id": here.grant_id[:64],
        "source_ip": here.source_ip,
        "user_agent": here.user_agent,
        "http_method": here.method,
        "url": here.path,
        "request_id": here.request_id,
        "caller_request_id": here.caller_request_id,
    }
