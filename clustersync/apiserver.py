"""What kube-apiserver must be told, made from what we know of the cluster. Pure.

Source: "Authenticating" in the Kubernetes documentation, OpenID Connect Tokens and Webhook Token Authentication.
"""

import json
from dataclasses import dataclass

WEBHOOK_FILE = "/etc/kubernetes/runai-identity-webhook.json"
WEBHOOK_CACHE_SECONDS = 30


@dataclass(frozen=True)
class Facts:
    """`audience` is what tokens for this cluster are for; the prefixes are never empty."""

    issuer: str
    origin: str
    uuid: str
    name: str
    audience: str
    username_claim: str
    username_prefix: str
    groups_prefix: str


def oidc_flags(facts: Facts) -> list[str]:
    """Offline verification: the API server fetches our keys and checks tokens itself. Needs an https issuer."""
    return [
        f"--oidc-issuer-url={facts.issuer}",
        f"--oidc-client-id={facts.audience}",
        f"--oidc-username-claim={facts.username_claim}",
        f"--oidc-username-prefix={facts.username_prefix}",
        "--oidc-groups-claim=groups",
        f"--oidc-groups-prefix={facts.groups_prefix}",
        "--oidc-signing-algs=RS256,ES256",
    ]


def webhook_flags() -> list[str]:
    """Online verification: the API server asks us about every token that it hasn't seen for a while."""
    return [
        f"--authentication-token-webhook-config-file={WEBHOOK_FILE}",
        # The default is v1beta1, which newer API servers still send unless told otherwise.
        "--authentication-token-webhook-version=v1",
        f"--authentication-token-webhook-cache-ttl={WEBHOOK_CACHE_SECONDS}s",
    ]


def webhook_kubeconfig(facts: Facts, *, token: str) -> str:
    """The file that WEBHOOK_FILE names. It is JSON, which is YAML too, and no quoting can go wrong in it."""
    name = "runai-identity"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": f"{facts.origin}/api/v1/clusters/{facts.uuid}/tokenreview"}}],
        "users": [{"name": facts.name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": facts.name}}],
        "current-context": name,
    }
    return json.dumps(config, indent=2)
