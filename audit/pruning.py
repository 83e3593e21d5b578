"""What of the trail goes: entries that strangers caused, and counters of refusals. What somebody known did stays."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from audit import repeats
from audit.models import Event
from common.pruning import Chore


def strangers_over() -> QuerySet[Event]:
    since = timezone.now() - timedelta(days=settings.AUDIT_STRANGER_DAYS)
    return Event.objects.filter(subject_type="", at__lt=since)


DELETING = (
    Chore("counters of refusals", repeats.over),
    Chore("audit entries of strangers", strangers_over),
)
