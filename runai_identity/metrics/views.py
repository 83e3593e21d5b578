"""GET /metrics, for who has METRICS_TOKEN; for everybody else there is no such page."""

import os
from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from common.bearer import bearer_token
from runai_identity.metrics.gauges import Gauges

PLAIN = "text/plain; charset=utf-8"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 where no token is set, 401 without the right one."""
    token = settings.METRICS_TOKEN
    if not token:
        return HttpResponse("Set METRICS_TOKEN to have metrics.\n", status=404, content_type=PLAIN)
    given = bearer_token(request) or ""
    if not compare_digest(given.encode(errors="replace"), token.encode()):
        refusal = HttpResponse("Send METRICS_TOKEN as the bearer token.\n", status=401, content_type=PLAIN)
        refusal["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refusal
    return HttpResponse(scraped(), content_type=CONTENT_TYPE_LATEST)


def scraped() -> bytes:
    """Return the text of all counters and gauges."""
    gauges = CollectorRegistry()
    gauges.register(Gauges())
    counters: CollectorRegistry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counters = CollectorRegistry()
        MultiProcessCollector(counters)  # type: ignore[no-untyped-call]
    return generate_latest(counters) + generate_latest(gauges)
