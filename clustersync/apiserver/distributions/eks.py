from collections.abc import Iterator

from clustersync.apiserver.distributions.snippet import NO_WEBHOOK, Snippet, as_json, sentences
from clustersync.apiserver.facts import ClusterFacts

NOTE = (
    "EKS takes one OpenID provider, by flags that it sets: no AuthenticationConfiguration and no webhook, so no uid, no"
    " session id and no rules in CEL. It fetches our keys over the internet: our address has to be public, with a"
    " certificate of a public CA. It verifies RS256 alone, which is what we sign with unless an application was"
    " registered for ES256."
)
PRIVATE_CA = "Our certificate comes from a company CA now, which EKS can't be told of: this will not work as it is."


def eks(facts: ClusterFacts) -> Iterator[Snippet]:
    yield Snippet(
        name="eks",
        distribution="EKS",
        title="EKS: an associated OpenID Connect provider",
        path="aws eks associate-identity-provider-config --cli-input-json file://<this file>",
        text=as_json({"clusterName": facts.name, "oidc": _oidc(facts)}),
        restarts="EKS does it, in up to 30 minutes; then its status is ACTIVE. To change it, disassociate it first.",
        note=sentences(NOTE, PRIVATE_CA if facts.public_ca else "", NO_WEBHOOK if facts.asks_us else ""),
    )


def _oidc(facts: ClusterFacts) -> dict[str, str]:
    username, groups = facts.username, facts.groups
    return {
        "identityProviderConfigName": "runai-identity",
        "issuerUrl": facts.issuer,
        "clientId": facts.oidc_client_id,
        "usernameClaim": username.claim,
        "usernamePrefix": username.prefix or "-",
        **({"groupsClaim": groups.claim, "groupsPrefix": groups.prefix} if groups else {}),
    }
