"""What a load balancer asks: is the process up, and can it serve?"""

import time

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and has every migration; else 503 and which of the two is missing."""
    try:
        ready = _migrations.are_applied()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "reason": "the database does not answer"}, status=503)
    if not ready:
        return JsonResponse({"status": "unavailable", "reason": "migrations are pending"}, status=503)
    return JsonResponse({"status": "ok"})


class Migrations:
    """Looked at until all of them are applied, and no oftener than once a second: a look takes tens of milliseconds.

    What this process needs does not change while it runs, and no applied migration is taken back under it.
    """

    LOOK_EVERY = 1.0  # seconds

    def __init__(self) -> None:
        self.applied = False
        self.looked_at = -self.LOOK_EVERY

    def are_applied(self) -> bool:
        if not self.applied and time.monotonic() - self.looked_at >= self.LOOK_EVERY:
            executor = MigrationExecutor(connection)
            self.applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            self.looked_at = time.monotonic()
        return self.applied


_migrations = Migrations()
