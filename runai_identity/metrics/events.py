"""Events of the audit log, counted as they are recorded."""

from django.db import transaction
from prometheus_client import Counter

from audit.models import Event
from audit.services import recorded
from runai_identity.metrics.requests import OTHER

# Beyond the reasons there are today: one that held a name or an address would soon be counted as `other`.
MOST_REASONS = 200

EVENTS = Counter(
    "runai_identity_events", "Events of the audit log, and why what was refused was.", ["action", "result", "reason"]
)


class Reasons:
    """The first so many words, each as it is; after them OTHER."""

    def __init__(self, most: int = MOST_REASONS) -> None:
        self._most = most
        self._known: set[str] = set()

    def bounded(self, reason: str) -> str:
        if reason in self._known:
            return reason
        if len(self._known) >= self._most:
            return OTHER
        self._known.add(reason)
        return reason


_reasons = Reasons()


def count_event(sender: object, event: Event, **kwargs: object) -> None:
    """When it is there to stay: what is undone was no event."""
    labels = (event.action, event.result, _reasons.bounded(event.reason))
    transaction.on_commit(lambda: EVENTS.labels(*labels).inc())


def count_events() -> None:
    recorded.connect(count_event, dispatch_uid="metrics")
