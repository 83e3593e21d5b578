from clustersync.models.clusters import Cluster, Mode, RBACNames, UsernameClaim, with_audience, with_uuid
from clustersync.models.credentials import ClusterCredential, CredentialKind
from clustersync.models.fetches import KeyFetch
from clustersync.models.rbac import Phase, RuleStatus, SyncReport
from clustersync.models.refusals import Reason, WebhookRefusal
from clustersync.models.tokens import ClusterToken

__all__ = [
    "Cluster",
    "ClusterCredential",
    "ClusterToken",
    "CredentialKind",
    "KeyFetch",
    "Mode",
    "Phase",
    "RBACNames",
    "Reason",
    "RuleStatus",
    "SyncReport",
    "UsernameClaim",
    "WebhookRefusal",
    "with_audience",
    "with_uuid",
]
