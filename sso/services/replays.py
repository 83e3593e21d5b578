"""Allow something once, across processes: the database decides who is first."""

from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction

from common.locking import hold
from sso.models import IdentityProvider, SeenAssertion


def is_first(provider: IdentityProvider, what: str, *, until: datetime) -> bool:
    """Record `what` for this provider until then; return False if it was recorded before."""
    digest = sha256(what.encode()).hexdigest()
    try:
        with transaction.atomic():
            hold(provider)
            SeenAssertion.objects.create(provider=provider, digest=digest, expires_at=until)
    except IntegrityError:
        return False
    return True
