"""Read gauges from the database at each scrape. They are the same whichever replica is asked: take max() over them."""

from collections.abc import Iterator

from django.db import Error, connection
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from accounts.models import Session, User
from accounts.services.throttle import locked_accounts
from audit.sealing import latest_seal, oldest_unsealed
from audit.streams.sending import lag_of
from audit.streams.sinks import configured
from clustersync.models.rbac import SyncReport
from common.postgresql.base import impatient
from sso.models import IdentityProvider
from sso.services.certificates import metadata_end, soonest_end
from tokens.models import SigningKey
from tokens.models.keys import State

MOST_CLUSTERS = 5_000
MOST_PROVIDERS = 200
# Seconds for a statement. With the time that connecting again may take (DATABASE_CONNECT_SECONDS) an answer is there
# before Prometheus gives up, which by default is after ten.
LONGEST = 4.0


class Gauges(Collector):
    """Without the database one line alone: that it does not answer."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("runai_identity_database_up", "1 when the database answers.")
        try:
            with impatient(connection, LONGEST):
                connection.ensure_connection()
                found = [*_keys(), *_providers(), *_agents(), *_people(), *_audit()]
        except Error:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from found

    def describe(self) -> list[GaugeMetricFamily]:
        """None, so that registering asks the database nothing."""
        return []


def _keys() -> Iterator[GaugeMetricFamily]:
    age = GaugeMetricFamily(
        "runai_identity_signing_key_age_seconds", "Since when the active key signs.", labels=["algorithm"]
    )
    for key in SigningKey.objects.filter(state=State.ACTIVE):
        age.add_metric([key.algorithm], (timezone.now() - (key.activated_at or key.created_at)).total_seconds())
    yield age


def _providers() -> Iterator[GaugeMetricFamily]:
    days = GaugeMetricFamily(
        "runai_identity_provider_certificate_days",
        "Days until the last certificate ends that a provider signs with.",
        labels=["provider"],
    )
    stale = GaugeMetricFamily(
        "runai_identity_provider_metadata_problem", "1 when it could not be fetched again.", labels=["provider"]
    )
    ends = GaugeMetricFamily(
        "runai_identity_provider_metadata_days",
        "Days until the metadata ends (validUntil), where it does: then nobody signs in by it.",
        labels=["provider", "source"],
    )
    for provider in IdentityProvider.objects.filter(enabled=True)[:MOST_PROVIDERS]:
        stale.add_metric([str(provider)], bool(provider.metadata_problem))
        if certificate := soonest_end(provider):
            days.add_metric([str(provider)], certificate.days_left)
        if end := metadata_end(provider):
            ends.add_metric([str(provider), "address" if provider.metadata_url else "file"], end.days_left)
    yield from (days, stale, ends)


def _agents() -> Iterator[GaugeMetricFamily]:
    age = GaugeMetricFamily(
        "runai_identity_agent_report_age_seconds", "Since the agent's last report.", labels=["cluster"]
    )
    failed = GaugeMetricFamily(
        "runai_identity_agent_failed_objects", "Objects that the agent could not write.", labels=["cluster"]
    )
    reports = SyncReport.objects.filter(cluster__enabled=True).select_related("cluster__scope")
    for report in reports.order_by("pk")[:MOST_CLUSTERS]:
        age.add_metric([str(report.cluster)], (timezone.now() - report.at).total_seconds())
        failed.add_metric([str(report.cluster)], report.failed)
    yield from (age, failed)


def _people() -> Iterator[GaugeMetricFamily]:
    yield GaugeMetricFamily(
        "runai_identity_live_sessions", "Browsers and devices that are signed in.", Session.objects.live().count()
    )
    locked = locked_accounts(User.objects.all())
    yield GaugeMetricFamily("runai_identity_locked_users", "Users whose passwords are refused untried.", len(locked))


def _audit() -> Iterator[GaugeMetricFamily]:
    oldest = oldest_unsealed()
    yield GaugeMetricFamily(
        "runai_identity_audit_unsealed_seconds",
        "Age of the oldest audit entry that has no seal yet.",
        max((timezone.now() - oldest).total_seconds(), 0) if oldest else 0,
    )
    behind = GaugeMetricFamily(
        "runai_identity_audit_stream_behind_seconds",
        "Age of the oldest entry that a sink lacks.",
        labels=["sink"],
    )
    for name in configured():
        oldest = lag_of(name, count=False).oldest
        behind.add_metric([name], max((timezone.now() - oldest).total_seconds(), 0) if oldest else 0)
    yield behind
    number, _ = latest_seal()
    yield GaugeMetricFamily("runai_identity_audit_seals", "The number of the last seal, which only grows.", number)
