"""Prune entries that strangers caused, and counters of refusals. Entries of known actors stay."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from audit import repeats
from audit.models import Event
from audit.sealing import delete_strangers, sealed_through
from common.pruning import Chore


def strangers_over() -> QuerySet[Event]:
    """Only entries that are sealed: the chain says then that they were deleted, and by whom."""
    since = timezone.now() - timedelta(days=settings.AUDIT_STRANGER_DAYS)
    return Event.objects.filter(subject_type="", at__lt=since, pk__lte=sealed_through())


DELETING = (
    Chore("counters of refusals", repeats.over),
    Chore("audit entries of strangers", strangers_over, do=delete_strangers),
)
