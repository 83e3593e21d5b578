"""The configuration of one cluster's API server, out of its row and our settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from clustersync import apiserver
from clustersync.apiserver import PLACEHOLDER, WEBHOOK_FILE, AuthenticationForm, ClusterFacts, File, Snippet
from clustersync.models import Cluster
from tokens.services.clients import COMMAND_LINE

__all__ = ["PLACEHOLDER", "Configuration", "Download", "configuration_of", "facts_of"]


@dataclass(frozen=True)
class Download:
    name: str
    text: str


@dataclass(frozen=True)
class Configuration:
    """`webhook_kubeconfig` is the content of the file at `webhook_file` on the machine of the API server.

    The two forms of offline verification exclude each other: `files`, `arguments` and `snippets` are in the `form`
    asked for, and for what the cluster's mode asks for. The other fields are there in any case.
    """

    facts: ClusterFacts
    form: AuthenticationForm
    oidc_flags: Sequence[str]
    structured_flags: Sequence[str]
    authentication_configuration: Mapping[str, str]
    webhook_flags: Sequence[str]
    webhook_file: str
    webhook_kubeconfig: str
    files: Sequence[File]
    arguments: Sequence[str]
    snippets: Sequence[Snippet]
    issuer_is_https: bool

    @property
    def downloads(self) -> list[Download]:
        """Return the files that can be downloaded by name."""
        configurations = self.authentication_configuration.items()
        beside = {file.name: file.text for snippet in self.snippets for file in snippet.files}
        return [
            *(Download(f"authentication-{version}.yaml", text) for version, text in configurations),
            Download("oidc-flags.txt", _lines(self.oidc_flags)),
            Download("webhook.json", self.webhook_kubeconfig),
            Download("webhook-flags.txt", _lines(self.webhook_flags)),
            *([Download("ca.crt", self.facts.public_ca)] if self.facts.public_ca else []),
            *(Download(snippet.file_name, snippet.text) for snippet in self.snippets),
            *(Download(name, text) for name, text in beside.items() if name not in ("webhook.json", "ca.crt")),
        ]


def configuration_of(
    cluster: Cluster, *, token: str = PLACEHOLDER, form: AuthenticationForm | None = None
) -> Configuration:
    """Return the configuration, by default in the form that suits the cluster; `token`: its webhook credential."""
    facts = facts_of(cluster)
    form = form or facts.usual_form
    return Configuration(
        facts=facts,
        form=form,
        oidc_flags=apiserver.oidc_flags(facts),
        structured_flags=apiserver.structured_flags(),
        authentication_configuration={
            version: apiserver.authentication_configuration(facts, version) for version in apiserver.VERSIONS
        },
        webhook_flags=apiserver.webhook_flags(facts),
        webhook_file=WEBHOOK_FILE,
        webhook_kubeconfig=apiserver.webhook_kubeconfig(facts, token=token),
        files=apiserver.files(facts, form, token=token),
        arguments=[f"--{name}={value}" for name, value in apiserver.arguments(facts, form)],
        snippets=apiserver.snippets(facts, form, token=token),
        issuer_is_https=settings.ISSUER.startswith("https://"),
    )


def facts_of(cluster: Cluster) -> ClusterFacts:
    """Return the facts. A row just made has members of an enumeration as its choices: they become words."""
    return ClusterFacts(
        issuer=settings.ISSUER,
        origin=settings.PUBLIC_URL,
        uuid=cluster.pk,
        name=cluster.scope.name,
        client_id=COMMAND_LINE,
        audiences=[cluster.audience, *([settings.SHARED_AUDIENCE] if cluster.shares_audience else [])],
        username_claim=str(cluster.username_claim),
        username_prefix=cluster.username_prefix,
        groups_prefix=cluster.groups_prefix,
        mode=str(cluster.mode),
        cache_seconds=cluster.webhook_cache_seconds,
        token_seconds=int(cluster.tokens_live.total_seconds()),
        legacy=cluster.legacy_flags,
        public_ca=settings.PUBLIC_CA,
        api_url=cluster.api_url,
        api_ca=cluster.api_ca,
        discovery_url=f"{settings.PUBLIC_URL}/api/v1/clusters/{cluster.pk}/.well-known/openid-configuration",
    )


def _lines(flags: Sequence[str]) -> str:
    return "".join(f"{flag}\n" for flag in flags)
