"""The facts of every test of what is generated."""

from dataclasses import replace
from typing import Any

from clustersync.apiserver import ClusterFacts

CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

FACTS = ClusterFacts(
    issuer="https://identity.example.com/auth/realms/runai",
    origin="https://identity.example.com",
    uuid="c0000000-0000-4000-8000-000000000001",
    name="prod",
    client_id="runai-cli",
    audiences=("runai-prod-c0000000",),
    username_claim="preferred_username",
    username_prefix="runai:",
    groups_prefix="teams:",
    api_url="https://gpu-1.example.com:6443",
    discovery_url="https://identity.example.com/api/v1/clusters/c0/.well-known/openid-configuration",
)
SHARING = ("runai-prod-c0000000", "runai")


def facts(**changes: Any) -> ClusterFacts:
    return replace(FACTS, **changes)


LEGACY = facts(legacy=True, audiences=SHARING)
EVERY_KIND = {
    "plain": FACTS,
    "sharing": facts(audiences=SHARING),
    "legacy": LEGACY,
    "company CA": facts(public_ca=CA, api_ca=CA),
    "by id": facts(username_claim="sub", username_prefix="u/"),
    "no discovery URL": facts(discovery_url=""),
    "by itself": facts(mode="oidc"),
    "asks us": facts(mode="webhook"),
    "on AKS": facts(username_prefix="aks:jwt:runai:", groups_prefix="aks:jwt:runai:"),
}
