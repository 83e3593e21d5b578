"""The configuration of one cluster's API server, out of its row and our settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from clustersync import apiserver
from clustersync.apiserver import PLACEHOLDER, WEBHOOK_FILE, Facts, File, Form, Snippet
from clustersync.models import Cluster

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

    facts: Facts
    form: Form
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
        """What can be fetched by name."""
        configurations = self.authentication_configuration.items()
        return [
            *(Download(f"authentication-{version}.yaml", text) for version, text in configurations),
            Download("oidc-flags.txt", _lines(self.oidc_flags)),
            Download("webhook.json", self.webhook_kubeconfig),
            Download("webhook-flags.txt", _lines(self.webhook_flags)),
            *([Download("ca.crt", self.facts.public_ca)] if self.facts.public_ca else []),
            *(Download(snippet.file_name, snippet.text) for snippet in self.snippets),
        ]


def configuration_of(cluster: Cluster, *, token: str = PLACEHOLDER, form: Form | None = None) -> Configuration:
    """By default in the form that suits the cluster; `token` is its webhook credential, where it is known."""
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


def facts_of(cluster: Cluster) -> Facts:
    """Of a row just made too, whose choices are members of an enumeration yet: they are written out as words."""
    return Facts(
        issuer=settings.ISSUER,
        origin=settings.PUBLIC_URL,
        uuid=cluster.pk,
        name=cluster.scope.name,
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
