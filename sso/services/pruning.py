"""Delete what is over of sign-ins through directories. Attempts are limited where they are written."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import Session
from accounts.services.sessions import revoke_session
from common.actors import SYSTEM
from common.pruning import Chore
from sso.models import IdentityProvider, SeenAssertion, WaitingSignIn


def cut_off() -> QuerySet[Session]:
    """End sessions of disabled or removed providers. They are refused already; now they also show as ended."""
    in_use = IdentityProvider.objects.filter(enabled=True, pk=OuterRef("provider_id"))
    return Session.objects.filter(~Exists(in_use), revoked_at=None, provider_id__isnull=False)


def assertions_over() -> QuerySet[SeenAssertion]:
    return SeenAssertion.objects.filter(expires_at__lt=timezone.now())


def waiting_over() -> QuerySet[WaitingSignIn]:
    return WaitingSignIn.objects.filter(expires_at__lt=timezone.now())


def _end(sessions: Sequence[Session]) -> None:
    for session in sessions:
        revoke_session(actor=SYSTEM, session=session, because="provider disabled")


ENDING = (Chore("sessions of disabled providers", cut_off, _end, batch=20),)
DELETING = (
    Chore("assertions seen", assertions_over),
    Chore("answers waiting", waiting_over),
)
