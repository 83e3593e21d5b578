from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.services.pruning import KEPT_AFTER_THE_END
from clustersync.models import ClusterToken
from common.pruning import Chore


def tokens_over() -> QuerySet[ClusterToken]:
    """Ended a day ago; the session, which says why, stays as long as other sessions do."""
    before = timezone.now() - KEPT_AFTER_THE_END
    return ClusterToken.objects.filter(Q(grant__revoked_at__lt=before) | Q(grant__session__expires_at__lt=before))


DELETING = (Chore("cluster tokens", tokens_over),)
