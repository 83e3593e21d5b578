"""Choose the clusters that go into somebody's kubeconfig."""

from collections.abc import Iterable

from clustersync.kubeconfigs import Impossible, KubeconfigForm, KubeconfigOwner, kubeconfig
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from clustersync.services.reached import clusters_reached_by, namespaces_of
from clustersync.yaml_for_go import as_yaml
from common.actors import Principal
from common.errors import Conflict, NotFound
from common.wording import Wording


def kubeconfig_of_all(principal: Principal, form: KubeconfigForm) -> str:
    """YAML with all clusters that an access rule reaches and that have an address; a remark names those without.

    NotFound `no_clusters` when no rule reaches any, Conflict `no_kubeconfig` when none has an address.
    """
    mine = list(clusters_reached_by(principal))
    if not mine:
        raise NotFound("no_clusters", "No access rule gives you anything in a cluster. Ask an administrator for one.")
    without = sorted(str(cluster) for cluster in mine if not cluster.api_url)
    remark = Wording(
        "Nobody has entered yet by which address people reach: {without}. A system "
        "administrator does, under Administration > Clusters.",
        without=", ".join(without),
    )
    if len(without) == len(mine):
        raise Conflict("no_kubeconfig", remark)
    text = kubeconfig_for(principal, [cluster for cluster in mine if cluster.api_url], form)
    return f"# Left out. {remark}\n{text}" if without else text


def kubeconfig_for(principal: Principal, clusters: Iterable[Cluster], form: KubeconfigForm) -> str:
    """YAML; Conflict `no_kubeconfig` when there can be none of this form."""
    person = KubeconfigOwner(name=principal.rule_subject[1], namespaces=namespaces_of(principal))
    try:
        config = kubeconfig([facts_of(one) for one in clusters], person=person, form=form)
    except Impossible as why:
        raise Conflict("no_kubeconfig", str(why)) from None
    return as_yaml(config)
