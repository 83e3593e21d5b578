"""Answer a load balancer: is the process up, and can it serve?"""

import time
from collections.abc import Iterator
from threading import Lock

from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.errors import Unavailable
from common.outages import RETRY_AFTER, drop_connection, is_outage
from runai_identity import schema
from runai_identity.draining import is_draining
from runai_identity.models import Deployment
from tokens.services.keys import require_usable_keys


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when everything works; else 503 and what does not. With `?for=reads` a database may take no writes."""
    why = "the server is stopping" if is_draining() else _readiness.why_not()
    if not why and request.GET.get("for") != "reads":
        why = _writability.why_not()
    if not why:
        return JsonResponse({"status": "ok"})
    response = JsonResponse({"status": "unavailable", "reason": why}, status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


class Look:
    """Something looked at once in `every` seconds, and remembered in between: anybody may ask."""

    every = 1.0

    def __init__(self) -> None:
        self.looked_at = -self.every
        self.why = ""
        self._one_at_a_time = Lock()

    def why_not(self) -> str:
        """Return what is wrong, as words for an operator; empty when nothing is."""
        with self._one_at_a_time:
            if time.monotonic() - self.looked_at >= self.every:
                self.why = next(self._look(), "")
                self.looked_at = time.monotonic()
            return self.why

    def _look(self) -> Iterator[str]:
        raise NotImplementedError


class Readiness(Look):
    """The database, its schema, and the keys to sign with."""

    def __init__(self) -> None:
        super().__init__()
        self.migrated = False  # no applied migration is taken back under a process

    def _look(self) -> Iterator[str]:
        try:
            if not self.migrated and schema.is_pending():
                yield "migrations are pending"
            self.migrated = True
            if schema.oldest_served() > schema.GENERATION:
                yield "the database is of a later version, which this one can't serve"
            require_usable_keys()
        except Unavailable as refusal:
            yield refusal.message
        except Error as error:
            drop_connection()
            yield "the database does not answer" if is_outage(error) else "the database lacks tables of this version"


class Writability(Look):
    """One write in five seconds: a database that is read-only or full still answers what is asked."""

    every = 5.0

    def _look(self) -> Iterator[str]:
        try:
            with transaction.atomic():
                Deployment.objects.update_or_create(pk=1, defaults={"written_at": timezone.now()})
        except Error:
            drop_connection()
            yield "the database takes no writes"


_readiness = Readiness()
_writability = Writability()
