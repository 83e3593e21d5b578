"""The configuration of one cluster's API server, out of its row and our settings."""

from dataclasses import dataclass

from django.conf import settings

from clustersync.apiserver import WEBHOOK_FILE, Facts, oidc_flags, webhook_flags, webhook_kubeconfig
from clustersync.models import Cluster

PLACEHOLDER = "<the webhook token, shown once when it was made>"


@dataclass(frozen=True)
class Configuration:
    """`webhook_kubeconfig` is the content of the file at `webhook_file` on the machine of the API server."""

    oidc_flags: list[str]
    webhook_flags: list[str]
    webhook_file: str
    webhook_kubeconfig: str
    issuer_is_https: bool


def configuration_of(cluster: Cluster, *, token: str = PLACEHOLDER) -> Configuration:
    facts = Facts(
        issuer=settings.ISSUER,
        origin=settings.PUBLIC_URL,
        uuid=cluster.pk,
        name=cluster.scope.name,
        audience=cluster.audience,
        username_claim=cluster.username_claim,
        username_prefix=cluster.username_prefix,
        groups_prefix=cluster.groups_prefix,
    )
    return Configuration(
        oidc_flags=oidc_flags(facts),
        webhook_flags=webhook_flags(),
        webhook_file=WEBHOOK_FILE,
        webhook_kubeconfig=webhook_kubeconfig(facts, token=token),
        issuer_is_https=settings.ISSUER.startswith("https://"),
    )
