import base64
from collections.abc import Iterator

from clustersync.apiserver.distributions.snippet import NO_WEBHOOK, Snippet, as_yaml, sentences
from clustersync.apiserver.facts import ClusterFacts

ABOVE = """\
gcloud container clusters update <cluster> --enable-identity-service
kubectl -n kube-public patch clientconfig default --type=merge --patch-file <this file>"""
NOTE = (
    "GKE has no --oidc- flags, no AuthenticationConfiguration and no webhook: Identity Service for GKE verifies tokens"
    " in a proxy of its own, and people's kubeconfig names that proxy's address (the service gke-oidc-envoy in"
    " anthos-identity-service). It reads username and groups alone: no uid, no session id, no rules in CEL. Google"
    " recommends workforce identity federation in its place; ask whether your project may still enable it."
)


def gke(facts: ClusterFacts) -> Iterator[Snippet]:
    yield Snippet(
        name="gke",
        distribution="GKE",
        title="GKE: Identity Service for GKE",
        path="the resource clientconfig/default in kube-public",
        text=as_yaml({"spec": {"authentication": [{"name": "runai-identity", "oidc": _oidc(facts)}]}}, above=ABOVE),
        restarts="Nothing of yours; Identity Service takes it within a minute or so.",
        note=sentences(NOTE, NO_WEBHOOK if facts.asks_us else ""),
    )


def _oidc(facts: ClusterFacts) -> dict[str, object]:
    username, groups = facts.username, facts.groups
    authority = base64.b64encode(facts.public_ca.encode()).decode()
    return {
        "clientID": facts.oidc_client_id,
        "issuerURI": facts.issuer,
        **({"certificateAuthorityData": authority} if authority else {}),
        "kubectlRedirectURI": "http://localhost:8000/callback",
        "userClaim": username.claim,
        "userPrefix": username.prefix or "-",
        **({"groupsClaim": groups.claim, "groupPrefix": groups.prefix} if groups else {}),
    }
