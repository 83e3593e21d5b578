from clustersync.apiserver.facts import FOLDER, ClusterFacts

AUTHENTICATION_FILE = f"{FOLDER}/authentication.yaml"
WEBHOOK_FILE = f"{FOLDER}/webhook.json"
CA_FILE = f"{FOLDER}/ca.crt"


def oidc_flags(facts: ClusterFacts) -> list[str]:
    """Offline verification, for every version: the API server fetches our keys and checks tokens itself.

    With `legacy` the three flags that the platform's own guide has had since 2022.
    """
    return [*(_legacy(facts) if facts.legacy else _named(facts)), *_authority(facts)]


def structured_flags() -> list[str]:
    """Offline verification by an AuthenticationConfiguration, since 1.30; never beside an --oidc- flag."""
    return [f"--authentication-config={AUTHENTICATION_FILE}"]


def webhook_flags(facts: ClusterFacts) -> list[str]:
    """Online verification: the API server asks us about every token that it hasn't seen for a while."""
    return [
        f"--authentication-token-webhook-config-file={WEBHOOK_FILE}",
        # The default is v1beta1, which newer API servers still send unless told otherwise.
        "--authentication-token-webhook-version=v1",
        # The default is two minutes, for a yes and for a no; SUCCESS_CACHE_SECONDS of another cache come on top.
        f"--authentication-token-webhook-cache-ttl={facts.cache_seconds}s",
    ]


def _legacy(facts: ClusterFacts) -> list[str]:
    return [f"--oidc-client-id={facts.oidc_client_id}", f"--oidc-issuer-url={facts.issuer}", "--oidc-username-prefix=-"]


def _named(facts: ClusterFacts) -> list[str]:
    username, groups = facts.username, facts.groups
    return [
        f"--oidc-issuer-url={facts.issuer}",
        f"--oidc-client-id={facts.oidc_client_id}",
        f"--oidc-username-claim={username.claim}",
        f"--oidc-username-prefix={username.prefix}",
        *([f"--oidc-groups-claim={groups.claim}", f"--oidc-groups-prefix={groups.prefix}"] if groups else []),
        # Without it RS256 alone, and an application may be registered for ES256.
        "--oidc-signing-algs=RS256,ES256",
    ]


def _authority(facts: ClusterFacts) -> list[str]:
    return [f"--oidc-ca-file={CA_FILE}"] if facts.public_ca else []
