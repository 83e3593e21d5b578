"""Admission policies that hold the agent to the namespaces of projects, which RBAC alone can't. For Kubernetes 1.30.

They look at each request of its service account, and at each binding with our label, whoever applies it. What the agent
checks by itself is checked here again, so that a stolen service account is worth no more than the agent.
"""

from collections.abc import Sequence
from typing import Any, Final

from access.namespaces import PREFIX, RESERVED
from clustersync.agent.names import NO_PREFIX, SERVICE_ACCOUNT, UUID
from clustersync.agent_manifest.deployment import NAME, NAMESPACE, POLICY, Program
from clustersync.rbac.desired import CLUSTER, GROUP, MANAGED_BY, OURS, PROJECT, Manifest
from clustersync.rbac.roles import Part

API_VERSION: Final = "admissionregistration.k8s.io/v1"
AGENT: Final = f"request.userInfo.username == 'system:serviceaccount:{NAMESPACE}:{NAME}'"
OF_A_ROLE_BINDING: Final = "request.resource.resource == 'rolebindings'"
DELETED: Final = "object == null"

Validation = tuple[str, str]


def admission(program: Program, parts: Sequence[Part]) -> list[Manifest]:
    bindings = {"apiGroups": [GROUP], "apiVersions": ["*"], "resources": ["rolebindings", "clusterrolebindings"]}
    namespaces = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["namespaces"]}
    return [
        *_policy(
            POLICY,
            {**bindings, "operations": ["CREATE", "UPDATE", "DELETE"]},
            f"{AGENT} || ({_labelled('object', MANAGED_BY, OURS)})",
            [*_of_bindings(program.cluster, parts), _of_subjects(program), _of_places()],
        ),
        *_policy(f"{NAME}-namespaces", {**namespaces, "operations": ["CREATE"]}, AGENT, [_of_namespaces()]),
    ]


def _policy(name: str, rule: dict[str, Any], condition: str, validations: Sequence[Validation]) -> list[Manifest]:
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "matchConditions": [{"name": "ours", "expression": condition}],
        "validations": [{"expression": expression, "message": message} for expression, message in validations],
    }
    bound = {"policyName": name, "validationActions": ["Deny"]}
    return [
        {"apiVersion": API_VERSION, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec},
        {
            "apiVersion": API_VERSION,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": bound,
        },
    ]


def _of_bindings(cluster: str, parts: Sequence[Part]) -> list[Validation]:
    in_projects, in_cluster = ([part.name for part in parts if part.in_projects == one] for one in (True, False))
    role = f"object.roleRef.name in ({OF_A_ROLE_BINDING} ? {in_projects} : {in_cluster})"
    return [
        (
            f"!({AGENT}) || oldObject == null || ({_of_cluster('oldObject', cluster)})",
            "The agent changes and deletes its own bindings, and no others.",
        ),
        (f"{DELETED} || ({_of_cluster('object', cluster)})", "The agent makes bindings with its labels alone."),
        (
            f"{DELETED} || (object.roleRef.kind == 'ClusterRole' && {role})",
            "A binding of ours names a cluster role of ours: runai-<role>-ns in a project, runai-<role> elsewhere.",
        ),
    ]


def _of_subjects(program: Program) -> Validation:
    subject = f"{_subject('User', program.username_prefix)} || {_subject('Group', program.groups_prefix)}"
    return (
        f"{DELETED} || !has(object.subjects) || object.subjects.all(one, {subject})",
        "A binding of ours names users and groups of ours, by the prefixes of this cluster, and nobody else.",
    )


def _subject(kind: str, prefix: str) -> str:
    if prefix != NO_PREFIX:
        known = f"one.name.startsWith('{prefix}') && one.name != '{prefix}'"
    elif kind == "User":
        known = f"one.name.matches('^({UUID.pattern}|{SERVICE_ACCOUNT.pattern})$')"
    else:
        known = "false"
    return f"(one.kind == '{kind}' && {known})"


def _of_places() -> Validation:
    label = f"namespaceObject.metadata.labels['{PROJECT}'] == object.metadata.labels['{PROJECT}']"
    labelled = " && ".join(_has_label(one, PROJECT) for one in ("namespaceObject", "object"))
    return (
        f"{DELETED} || !({OF_A_ROLE_BINDING}) || ({labelled} && {label} && {_free('namespaceObject.metadata.name')})",
        f"A role binding of ours stands in a namespace whose label {PROJECT} names the project that it is for.",
    )


def _of_namespaces() -> Validation:
    only = f"object.metadata.labels.all(label, label in ['{PROJECT}', 'kubernetes.io/metadata.name'])"
    return (
        f"{_has_label('object', PROJECT)} && {only} && {_free('object.metadata.name')}",
        f"The agent makes namespaces of projects, with the label {PROJECT} and no other.",
    )


def _free(name: str) -> str:
    return f"{name}.startsWith('{PREFIX}') && !({name} in {sorted(RESERVED)})"


def _of_cluster(object_: str, cluster: str) -> str:
    return f"{_labelled(object_, MANAGED_BY, OURS)} && {_labelled(object_, CLUSTER, cluster)}"


def _labelled(object_: str, label: str, value: str) -> str:
    return f"{object_} != null && {_has_label(object_, label)} && {object_}.metadata.labels['{label}'] == '{value}'"


def _has_label(object_: str, label: str) -> str:
    return f"has({object_}.metadata.labels) && '{label}' in {object_}.metadata.labels"
