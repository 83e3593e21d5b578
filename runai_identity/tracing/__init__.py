"""OpenTelemetry traces: one server span per request, child spans for statements and outbound calls (docs/observe.md).

Without configuration nothing of OpenTelemetry is imported, and the application is served as it is.
"""

import sys

from django.conf import settings

from common.bodies import Application


def traced(application: Application) -> Application:
    """Return the application with a span around each request, or unchanged if no traces are configured."""
    if not settings.TRACES:
        return application
    from runai_identity.tracing.requests import begin

    return begin(application)


def send_the_rest() -> None:
    """Send the spans that wait in this process; called at its end, and bounded in time."""
    if collector := sys.modules.get("runai_identity.tracing.collector"):
        collector.send_the_rest()
