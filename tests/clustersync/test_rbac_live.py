"""Whatever somebody sends as what a cluster holds is read or refused, and never breaks anything."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clustersync.rbac.diff import differences
from clustersync.rbac.live import MalformedObject, live_objects
from tests.clustersync.wanted import UUID, of, rule

VERSION = "rbac.authorization.k8s.io/v1"
WANTED = of(rule("faces")).objects
NAMES = st.sampled_from([each["metadata"]["name"] for each in WANTED])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "ClusterRole", "User", UUID]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "verbs", "kind"]), inner),
    max_leaves=4,
)
LABELS = {"app.kubernetes.io/managed-by": "runai-identity", "runai-identity/cluster": UUID}
METADATA = st.fixed_dictionaries(
    {"name": NAMES | JUNK}, optional={"namespace": st.just("runai-faces") | JUNK, "labels": st.just(LABELS) | JUNK}
)
OBJECTS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["ClusterRole", "ClusterRoleBinding", "RoleBinding", "Namespace"]),
        "apiVersion": st.sampled_from([VERSION, "v1"]),
    },
    optional={"metadata": METADATA | JUNK, "rules": JUNK, "subjects": JUNK, "roleRef": JUNK, "aggregationRule": JUNK},
)


@given(items=st.lists(OBJECTS | JUNK, max_size=4) | JUNK, kind=JUNK)
def test_it_reads_or_refuses_and_compares_what_it_read(items: Any, kind: Any) -> None:
    try:
        live = live_objects({"kind": kind, "items": items})
    except MalformedObject as error:
        assert str(error).endswith(".")
        return

    found = differences(WANTED, live, cluster=UUID)

    new = [key for key in found.create if key.kind != "Namespace"]
    assert len(new) + len(found.change) + found.unchanged + len(found.conflicts) == len(WANTED)


@given(body=JUNK)
def test_it_takes_nothing_but_a_list(body: Any) -> None:
    try:
        assert live_objects(body) == []
    except MalformedObject as error:
        assert "kubectl get" in str(error)
