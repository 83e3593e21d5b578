"""What holds of desired RBAC whatever the rules are."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.catalog import ROLES
from access.namespaces import RESERVED
from clustersync.rbac.desired import Desired, Manifest, ReachingRule, desired, key_of
from clustersync.rbac.diff import differences
from clustersync.rbac.fingerprint import _form, fingerprint
from clustersync.rbac.places import namespace_for
from clustersync.rbac.subjects import ClusterNaming
from tests.clustersync.held import namespace
from tests.clustersync.wanted import PROJECTS, UUID, facts, of

NAMES = st.sampled_from(["bob@example.com", "system:masters", "system:node:n1", "", "masters", "faces", "Ünï", "robo"])
SCOPES = st.sampled_from(["0", "1", UUID, "vision", "speech", "faces", "cars", "dialects", "elsewhere"])
RULES = st.lists(
    st.builds(
        ReachingRule,
        id=st.integers(1, 10_000),
        subject_type=st.sampled_from(["user", "group", "app"]),
        subject_id=NAMES,
        role_id=st.sampled_from(sorted(ROLES)),
        scope_id=SCOPES,
    ),
    max_size=12,
    unique_by=lambda rule: rule.id,
)
NAMINGS = st.builds(
    ClusterNaming,
    username_prefix=st.sampled_from(["runai:", "", "system:", "s"]),
    groups_prefix=st.sampled_from(["runai:", "", "system:"]),
    by_id=st.booleans(),
    legacy=st.booleans(),
    user_ids=st.sampled_from([{}, {"bob@example.com": "7b0b", "faces": "system:admin", "masters": ""}]),
)
FORBIDDEN = {"escalate", "bind", "impersonate", "*"}


def holders(wanted: Desired) -> dict[Any, set[tuple[str, str]]]:
    return {
        key_of(manifest): {(subject["kind"], subject["name"]) for subject in manifest.get("subjects", ())}
        for manifest in wanted.objects
    }


def verbs(manifest: Manifest) -> set[str]:
    return {verb for rule in manifest.get("rules", ()) for verb in rule["verbs"]}


@given(rules=RULES, naming=NAMINGS, g1=st.booleans())
def test_it_never_names_what_kubernetes_keeps_nor_nobody(
    rules: list[ReachingRule], naming: ClusterNaming, g1: bool
) -> None:
    wanted = of(*rules, naming=naming, g1=g1)

    named = {name for given_to in holders(wanted).values() for _, name in given_to}
    assert not {name for name in named if name.startswith("system:") or not name}
    assert all(manifest["subjects"] for manifest in wanted.objects if "roleRef" in manifest)


@given(rules=RULES, naming=NAMINGS, g1=st.booleans())
def test_it_labels_every_object_and_lets_none_escalate(
    rules: list[ReachingRule], naming: ClusterNaming, g1: bool
) -> None:
    for manifest in of(*rules, naming=naming, g1=g1).objects:
        labels = dict(manifest["metadata"]["labels"])
        project = labels.pop("runai-identity/project", "")

        assert labels == {"app.kubernetes.io/managed-by": "runai-identity", "runai-identity/cluster": UUID}
        assert manifest["metadata"].get("namespace", "") == (f"runai-{project}" if project else "")
        assert not verbs(manifest) & FORBIDDEN
        assert len(manifest["metadata"]["name"]) <= 253


@given(rules=RULES, naming=NAMINGS, g1=st.booleans())
def test_it_accounts_for_every_rule_and_every_object(
    rules: list[ReachingRule], naming: ClusterNaming, g1: bool
) -> None:
    wanted = of(*rules, naming=naming, g1=g1)

    made = {key_of(manifest) for manifest in wanted.objects}
    assert len(made) == len(wanted.objects)
    assert {key for keys in wanted.by_rule.values() for key in keys} == made
    assert {*wanted.by_rule} | {*wanted.problems} == {rule.id for rule in rules}
    assert not {*wanted.by_rule} & {*wanted.problems}


@given(rules=RULES, data=st.data())
def test_the_order_of_rules_does_not_matter(rules: list[ReachingRule], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(rules))

    assert of(*shuffled) == of(*rules)
    assert fingerprint(facts(*shuffled)) == fingerprint(facts(*rules))


@given(before=RULES, after=RULES, namings=st.tuples(NAMINGS, NAMINGS), g1=st.tuples(st.booleans(), st.booleans()))
def test_what_has_one_fingerprint_is_the_same(
    before: list[ReachingRule],
    after: list[ReachingRule],
    namings: tuple[ClusterNaming, ClusterNaming],
    g1: tuple[bool, bool],
) -> None:
    one, other = facts(*before, naming=namings[0], g1=g1[0]), facts(*after, naming=namings[1], g1=g1[1])

    assert fingerprint(one) != fingerprint(other) or desired(one) == desired(other)


@settings(max_examples=200)
@given(rules=RULES.filter(bool), naming=NAMINGS, data=st.data())
def test_removing_a_rule_takes_only_what_it_alone_gave(
    rules: list[ReachingRule], naming: ClusterNaming, data: st.DataObject
) -> None:
    removed = data.draw(st.sampled_from(rules))
    before, after = (of(*kept, naming=naming) for kept in (rules, [rule for rule in rules if rule.id != removed.id]))

    lost = {
        (key, who) for key, given_to in holders(before).items() for who in given_to - holders(after).get(key, set())
    }
    assert {key for key, _ in lost} <= {*before.by_rule.get(removed.id, ())}
    assert len({who for _, who in lost}) <= 1
    assert {*holders(after)} <= {*holders(before)}


@given(rules=RULES, g1=st.booleans())
def test_what_is_as_desired_differs_in_nothing(rules: list[ReachingRule], g1: bool) -> None:
    wanted = of(*rules, g1=g1)

    there = [*wanted.objects, *(namespace_for(project.namespace, project.id) for project in PROJECTS)]
    assert differences(wanted.objects, there, cluster=UUID).none
    gone = differences((), there, cluster=UUID)
    assert {*gone.prune} == {key_of(manifest) for manifest in wanted.objects if "roleRef" in manifest}


@given(rules=RULES.filter(bool), data=st.data())
def test_it_stands_in_no_namespace_but_that_of_its_project(rules: list[ReachingRule], data: st.DataObject) -> None:
    wanted = of(*rules)
    labels = st.sampled_from(["", *(project.id for project in PROJECTS), "somebody-elses"])
    said = {project.namespace: data.draw(st.none() | labels) for project in PROJECTS}
    there = [namespace(name, label) for name, label in said.items() if label is not None]

    found = differences(wanted.objects, there, cluster=UUID)

    bound = {key for key in found.create if key.kind == "RoleBinding"}
    made = {key.name: key.project for key in found.create if key.kind == "Namespace"}
    assert all((made.get(key.namespace) or said[key.namespace]) == key.project for key in bound)
    assert not {name for name in made if said[name] is not None}
    kept_out = {conflict.key for conflict in found.conflicts}
    assert bound | kept_out == {key for key in map(key_of, wanted.objects) if key.kind == "RoleBinding"}


def test_another_list_of_reserved_namespaces_has_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(facts())
    monkeypatch.setattr("clustersync.rbac.fingerprint.RESERVED", {**RESERVED, "runai-faces": "somebody"})
    _form.cache_clear()

    assert fingerprint(facts()) != before
    _form.cache_clear()
