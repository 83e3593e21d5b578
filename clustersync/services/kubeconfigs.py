"""Whose clusters go into whose kubeconfig."""

from collections.abc import Iterable

from clustersync.kubeconfigs import Form, Impossible, Person, as_yaml, kubeconfig
from clustersync.models import Cluster
from clustersync.services.configuration import facts_of
from common.actors import Principal
from common.errors import Conflict


def kubeconfig_for(principal: Principal, clusters: Iterable[Cluster], form: Form) -> str:
    """YAML; Conflict `no_kubeconfig` when there can be none of this form."""
    try:
        config = kubeconfig([facts_of(one) for one in clusters], person=Person(name=str(principal)), form=form)
    except Impossible as why:
        raise Conflict("no_kubeconfig", str(why)) from None
    return as_yaml(config)
