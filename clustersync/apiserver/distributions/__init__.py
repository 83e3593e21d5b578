"""Place what an API server is told in each distribution: the lines, the file they stand in, what restarts.

Only kube-apiserver itself is tried in our tests; what a provider lets one configure is taken from its documentation.
"""

from collections.abc import Callable, Iterator, Sequence

from clustersync.apiserver.distributions.aks import aks
from clustersync.apiserver.distributions.eks import eks
from clustersync.apiserver.distributions.gke import gke
from clustersync.apiserver.distributions.kubeadm import kubeadm
from clustersync.apiserver.distributions.openshift import openshift
from clustersync.apiserver.distributions.rancher import k3s, rke1, rke2
from clustersync.apiserver.distributions.snippet import Snippet
from clustersync.apiserver.distributions.talos import talos
from clustersync.apiserver.facts import AuthenticationForm, ClusterFacts
from clustersync.apiserver.webhook import PLACEHOLDER

__all__ = ["Snippet", "snippets"]

SELF_MANAGED: Sequence[Callable[[ClusterFacts, AuthenticationForm, str], Iterator[Snippet]]] = (
    kubeadm,
    k3s,
    rke2,
    rke1,
    talos,
)
MANAGED: Sequence[Callable[[ClusterFacts], Iterator[Snippet]]] = (openshift, gke, eks, aks)


def snippets(facts: ClusterFacts, form: AuthenticationForm, *, token: str = PLACEHOLDER) -> list[Snippet]:
    """All of them, in the order in which they are shown. `token` stands in the webhook's file."""
    own = [snippet for write in SELF_MANAGED for snippet in write(facts, form, token)]
    return own + [snippet for write in MANAGED for snippet in write(facts)]
