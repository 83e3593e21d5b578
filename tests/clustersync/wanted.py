"""A small cluster for the tests of its RBAC: vision holds faces and cars, speech holds dialects."""

from typing import Any

from access.catalog import ROLES
from clustersync.agent_manifest.deployment import Program
from clustersync.rbac.desired import (
    Desired,
    DesiredProject,
    Manifest,
    ObjectKey,
    RBACFacts,
    ReachingRule,
    desired,
    key_of,
)
from clustersync.rbac.places import namespace_for
from clustersync.rbac.subjects import ClusterNaming
from tests.cast import role_named

UUID = "c0000000-0000-4000-8000-000000000001"
NAMING = ClusterNaming(username_prefix="runai:", groups_prefix="team:")
PROJECTS = (
    DesiredProject("runai-faces", ("0", "1", UUID, "vision", "faces")),
    DesiredProject("runai-cars", ("0", "1", UUID, "vision", "cars")),
    DesiredProject("runai-dialects", ("0", "1", UUID, "speech", "dialects")),
)
VIEWER, RESEARCHER, OPERATOR = (role_named(name).id for name in ("Viewer", "L1 researcher", "Cloud operator"))


def rule(scope_id: str, subject: str = "user bob@example.com", role: int = RESEARCHER, id: int = 1) -> ReachingRule:
    kind, _, name = subject.partition(" ")
    return ReachingRule(id, kind, name, role, scope_id)


def facts(*rules: ReachingRule, naming: ClusterNaming = NAMING, **more: Any) -> RBACFacts:
    told = {"cluster": UUID, "roles": ROLES, "rules": rules, "projects": PROJECTS, "naming": naming}
    return RBACFacts(**{**told, **more})


def of(*rules: ReachingRule, naming: ClusterNaming = NAMING, **more: Any) -> Desired:
    return desired(facts(*rules, naming=naming, **more))


def program(**more: str) -> Program:
    """The agent's, as its manifest says."""
    told = {"username_prefix": "runai:", "groups_prefix": "team:", "image": "id:1"}
    return Program(url="https://id.example.com", cluster=UUID, **{**told, **more})


def keys(wanted: Desired) -> list[ObjectKey]:
    return [key_of(manifest) for manifest in wanted.objects]


def found(wanted: Desired, kind: str, name: str, namespace: str = "") -> Manifest:
    return next(manifest for manifest in wanted.objects if key_of(manifest).address == (kind, namespace, name))


def names(binding: Manifest) -> list[str]:
    return [f"{subject['kind']} {subject['name']}" for subject in binding["subjects"]]


def namespaces(objects: list[Any]) -> list[Any]:
    """As the agent makes them."""
    made = {one["metadata"]["namespace"]: one["metadata"] for one in objects if "namespace" in one["metadata"]}
    label = "runai-identity/project"
    return [namespace_for(name, metadata["labels"][label]) for name, metadata in made.items()]
