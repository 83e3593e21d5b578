from django.urls import path

from clustersync import discovery
from clustersync.api.agent import ClusterAgent, ClusterRoles
from clustersync.api.clusters import ClusterDetail, ClusterList
from clustersync.api.configuration import ClusterConfig, ClusterConfigFile, ClusterKubeconfig
from clustersync.api.credentials import (
    ClusterAgentToken,
    ClusterCredentialDetail,
    ClusterCredentials,
    ClusterWebhookToken,
)
from clustersync.api.doctor import ClusterDoctor
from clustersync.api.mine import MyClusters, MyKubeconfig
from clustersync.api.rbac import ClusterRBAC, ClusterRBACDiff
from clustersync.api.reports import ClusterRBACStatus
from clustersync.api.tokenreview import TokenReview
from clustersync.api.tokens import MyClusterToken, MyClusterTokens
from clustersync.api.verdicts import VerifyToken
from clustersync.views.asking import ask
from clustersync.views.kubeconfig import own_kubeconfig
from clustersync.views.tokens import make_token, revoke

app_name = "clustersync"

urlpatterns = [
    path("api/v1/clusters/<uuid:uuid>/tokenreview", TokenReview.as_view(), name="tokenreview"),
    path("api/v1/clusters", ClusterList.as_view(), name="clusters"),
    path("api/v1/clusters/<uuid:uuid>", ClusterDetail.as_view(), name="cluster"),
    path("api/v1/clusters/<uuid:uuid>/config", ClusterConfig.as_view(), name="config"),
    path("api/v1/clusters/<uuid:uuid>/config/<str:file>", ClusterConfigFile.as_view(), name="config-file"),
    path("api/v1/clusters/<uuid:uuid>/kubeconfig", ClusterKubeconfig.as_view(), name="kubeconfig"),
    path(
        "api/v1/clusters/<uuid:uuid>/.well-known/openid-configuration",
        discovery.configuration,
        name="openid-configuration",
    ),
    path("api/v1/clusters/<uuid:uuid>/certs", discovery.certs, name="certs"),
    path("api/v1/me/clusters", MyClusters.as_view(), name="my-clusters"),
    path("api/v1/me/kubeconfig", MyKubeconfig.as_view(), name="my-kubeconfig"),
    path("api/v1/clusters/<uuid:uuid>/webhook-token", ClusterWebhookToken.as_view(), name="webhook-token"),
    path("api/v1/clusters/<uuid:uuid>/agent-token", ClusterAgentToken.as_view(), name="agent-token"),
    path("api/v1/clusters/<uuid:uuid>/credentials", ClusterCredentials.as_view(), name="credentials"),
    path(
        "api/v1/clusters/<uuid:uuid>/credentials/<int:credential_id>",
        ClusterCredentialDetail.as_view(),
        name="credential",
    ),
    path("api/v1/clusters/<uuid:uuid>/rbac", ClusterRBAC.as_view(), name="rbac"),
    path("api/v1/clusters/<uuid:uuid>/rbac/status", ClusterRBACStatus.as_view(), name="rbac-status"),
    path("api/v1/clusters/<uuid:uuid>/agent", ClusterAgent.as_view(), name="agent"),
    path("api/v1/clusters/<uuid:uuid>/rbac/cluster-roles", ClusterRoles.as_view(), name="cluster-roles"),
    path("api/v1/clusters/<uuid:uuid>/rbac/diff", ClusterRBACDiff.as_view(), name="rbac-diff"),
    path("api/v1/clusters/<uuid:uuid>/doctor", ClusterDoctor.as_view(), name="doctor"),
    path("api/v1/clusters/<uuid:uuid>/verify-token", VerifyToken.as_view(), name="verify-token"),
    path("api/v1/me/cluster-tokens", MyClusterTokens.as_view(), name="my-tokens"),
    path("api/v1/me/cluster-tokens/<uuid:pk>", MyClusterToken.as_view(), name="my-token"),
    path("account/access", ask, name="ask"),
    path("account/kubeconfig", own_kubeconfig, name="own-kubeconfig"),
    path("account/cluster-tokens", make_token, name="make-token"),
    path("account/cluster-tokens/<uuid:pk>/revoke", revoke, name="revoke-token"),
]
