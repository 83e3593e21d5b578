"""The parts of a cluster's page beside the form: access, credentials, the agent, refused calls, events."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from access.admin import here
from accounts.admin.acting import acting
from audit.admin.tab import events_tab
from clustersync.models import Cluster, ClusterCredential
from clustersync.services.budget import largest_as_seen_by
from clustersync.services.refusals import refusals_of
from clustersync.services.reports import may_read_sync, sync_as_seen_by
from common.dossier import Tab

MOST_SHOWN = 50


def _access(request: HttpRequest, cluster: Cluster) -> dict[str, Any]:
    return {**here.who(request, cluster.scope), "largest": largest_as_seen_by(acting(request), cluster)}


def _credentials(request: HttpRequest, cluster: Cluster) -> dict[str, Any]:
    live = list(cluster.credentials.live())
    made = {one.kind for one in live}
    kinds = ClusterCredential._meta.get_field("kind").flatchoices  # in the reader's language
    missing = [label for value, label in kinds if value not in made]
    return {"credentials": live, "missing": missing}


def _agent(request: HttpRequest, cluster: Cluster) -> dict[str, Any]:
    return {"sync": sync_as_seen_by(acting(request), cluster)}


def _refused(request: HttpRequest, cluster: Cluster) -> dict[str, Any]:
    return {"refusals": refusals_of(cluster)}


TABS = (
    Tab(
        "access",
        "admin/clustersync/cluster_access.html",
        _access,
        lambda request, cluster: here.reads_rules(request, cluster.scope),
    ),
    Tab("credentials", "admin/clustersync/cluster_credentials.html", _credentials, label=gettext_lazy("Credentials")),
    Tab(
        "agent",
        "admin/clustersync/cluster_agent.html",
        _agent,
        lambda request, cluster: may_read_sync(acting(request), cluster),
        label=gettext_lazy("Agent"),
    ),
    Tab("refused", "admin/clustersync/cluster_refused.html", _refused, label=gettext_lazy("Refused calls")),
    events_tab(gettext_lazy("Changes of the cluster and of its credentials, and what its agent did, appear here.")),
)
