from collections.abc import Iterator

from clustersync.apiserver.distributions.snippet import Snippet, as_yaml
from clustersync.apiserver.facts import GROUPS_CLAIM, ClusterFacts

NAME = "runai-identity"
ABOVE = """\
Register an application here first (Applications, in the admin): confidential, code grant, redirect URI
https://oauth-openshift.apps.<the cluster's domain>/oauth2callback/runai-identity
and give OpenShift its secret:
oc -n openshift-config create secret generic runai-identity --from-literal=clientSecret=<the secret>"""
CA = "\noc -n openshift-config create configmap runai-identity-ca --from-file=ca.crt=<our CA>"
NOTE = (
    "OpenShift's kube-apiserver is its operator's: no flag and no file of ours goes there. People sign in with oc login"
    " at OpenShift's own OAuth server, which sends them here. They are known without a prefix, and their tokens are"
    " OpenShift's: neither the audience, nor the webhook, nor the agent's role bindings for prefixed names mean"
    " anything there, and who is disabled here keeps an OpenShift token until it ends (24 hours by default)."
)


def openshift(facts: ClusterFacts) -> Iterator[Snippet]:
    yield Snippet(
        name="openshift",
        distribution="OpenShift",
        title="OpenShift: its own OAuth server, with us as its identity provider",
        path="the resource oauth/cluster (oc edit oauth cluster)",
        text=as_yaml(
            {
                "apiVersion": "config.openshift.io/v1",
                "kind": "OAuth",
                "metadata": {"name": "cluster"},
                "spec": {"identityProviders": [_provider(facts)]},
            },
            above=ABOVE + (CA if facts.public_ca else ""),
        ),
        restarts="Its authentication operator restarts the OAuth pods: oc get co authentication. kube-apiserver stays.",
        note=NOTE,
    )


def _provider(facts: ClusterFacts) -> dict[str, object]:
    authority = {"ca": {"name": f"{NAME}-ca"}} if facts.public_ca else {}
    return {
        "name": NAME,
        "mappingMethod": "claim",
        "type": "OpenID",
        "openID": {
            "clientID": "<the client id of that application>",
            "clientSecret": {"name": NAME},
            **authority,
            "issuer": facts.issuer,
            "extraScopes": ["email", "profile", "groups"],
            "claims": {
                "preferredUsername": ["preferred_username"],
                "name": ["name"],
                "email": ["email"],
                "groups": [GROUPS_CLAIM],
            },
        },
    }
