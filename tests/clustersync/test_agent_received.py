"""What the agent takes from a server, and what it refuses: honest answers whole, and of lies nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.catalog import ROLES
from clustersync.agent.names import Names, names_by
from clustersync.agent.plan import Wanted
from clustersync.agent.received import NotRBAC, received
from clustersync.rbac.desired import Desired, Manifest, ReachingRule, key_of
from clustersync.rbac.manifests import to_json
from clustersync.rbac.subjects import ClusterNaming
from tests.clustersync import hostile
from tests.clustersync.hostile import CARS, FACES, OWN_NAMESPACE, PROJECTS, Lie
from tests.clustersync.wanted import UUID, of

LIES = list(hostile.lies())
ID = "7b0b0000-0000-4000-8000-000000000001"


def read(body: object, names: Names | None = None) -> Wanted:
    sent = json.loads(json.dumps(body))
    return received(sent, cluster=UUID, names=names or names_by("runai:", "team:"), own_namespace=OWN_NAMESPACE)


def taken(objects: list[Any]) -> Wanted:
    return read({"objects": objects, "rules": [], "problems": [], "notes": []})


def by_key(objects: Any) -> dict[Any, Manifest]:
    return {key_of(one): one for one in objects}


RULES = st.lists(
    st.builds(
        ReachingRule,
        id=st.integers(1, 1000),
        subject_type=st.sampled_from(["user", "group", "app"]),
        subject_id=st.sampled_from(["bob@example.com", "robo", "Ünï", "o'hara@example.com", "#1 team"]),
        role_id=st.sampled_from(sorted(ROLES)),
        scope_id=st.sampled_from(["0", "1", UUID, FACES, CARS]),
    ),
    max_size=8,
    unique_by=lambda rule: rule.id,
)


@given(rules=RULES, g1=st.booleans())
def test_it_takes_an_honest_answer_as_it_is(rules: list[ReachingRule], g1: bool) -> None:
    sent = of(*rules, projects=PROJECTS, g1=g1)

    wanted = read(to_json(sent))

    assert wanted.refused == ()
    assert by_key(wanted.desired.objects) == by_key(sent.objects)
    assert (wanted.desired.by_rule, wanted.desired.notes) == (sent.by_rule, sent.notes)


@pytest.mark.parametrize("name", ["app.kubernetes.io/managed-by", "runai-identity/cluster", "more", "a" * 300])
def test_labels_and_annotations_are_its_own_whatever_the_server_says(name: str) -> None:
    told = hostile.honest()
    for one in told:
        one["metadata"] |= {"labels": one["metadata"]["labels"] | {name: "theirs"}, "annotations": {name: "theirs"}}

    wanted = taken(told)

    assert wanted.refused == ()
    assert by_key(wanted.desired.objects) == by_key(hostile.honest())


def test_by_the_platforms_flags_it_takes_ids_and_service_accounts() -> None:
    naming = ClusterNaming("", "", legacy=True, user_ids={"bob@example.com": ID})
    sent = of(hostile.RULES[0], projects=PROJECTS, naming=naming)
    subjects = [subject(name) for name in (ID, "service-account-robo", "robo", "kube-admin", "bob")]
    named = [{**one, "subjects": subjects} for one in sent.objects if "roleRef" in one]

    wanted = read({"objects": named}, names_by("-", "-"))

    bound = [one["name"] for each in wanted.desired.objects for one in each.get("subjects", ())]
    assert bound == [ID, "service-account-robo"] * len(named)
    assert len(wanted.refused) == 3 * len(named)


def subject(name: str, kind: str = "User") -> dict[str, str]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}


def test_by_the_platforms_flags_it_takes_no_group() -> None:
    assert names_by("-", "-").objection("Group", "runai:speech")
    assert names_by("-", "-").objection("Group", ID)


@pytest.mark.parametrize("name", ["system:authenticated", "system:masters", "system:serviceaccount:kube-system:x"])
def test_it_says_whom_kubernetes_keeps_for_itself(name: str) -> None:
    for names in (names_by("runai:", "team:"), names_by("-", "-")):
        assert "Kubernetes keeps for itself" in names.objection("Group", name)
        assert "Kubernetes keeps for itself" in names.objection("User", name)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
def test_it_refuses_a_lie_and_goes_on_with_the_rest(lie: Lie) -> None:
    objects = hostile.honest()
    rest = {key_of(one): one for at, one in enumerate(objects) if at != lie.at}
    objects[lie.at] = lie.told

    wanted = taken(objects)

    assert len(wanted.refused) >= 1
    assert {key: one for key, one in by_key(wanted.desired.objects).items() if key in rest} == rest
    assert all(hostile.is_ours(one) for one in wanted.desired.objects)


def test_it_goes_on_with_those_whom_a_binding_may_name() -> None:
    (at, binding), *_ = [(at, one) for at, one in enumerate(hostile.honest()) if one["kind"] == "RoleBinding"]
    objects = hostile.honest()
    objects[at] = {**binding, "subjects": [*hostile.SUBJECTS, *binding["subjects"]]}

    wanted = taken(objects)

    assert by_key(wanted.desired.objects) == by_key(hostile.honest())
    assert len(wanted.refused) == len(hostile.SUBJECTS)


@pytest.mark.parametrize("later", [hostile.SUBJECTS[0], subject("runai:eve")])
def test_it_takes_what_is_there_twice_once(later: dict[str, str]) -> None:
    objects = hostile.honest()
    twice = [{**one, "subjects": [later]} for one in objects if "subjects" in one]

    wanted = taken([*objects, *twice])

    assert by_key(wanted.desired.objects) == by_key(objects)
    assert len(wanted.refused) >= len(twice)


def test_a_rule_says_what_was_refused_of_it() -> None:
    sent: dict[str, Any] = json.loads(json.dumps(to_json(of(*hostile.RULES, projects=PROJECTS))))
    for one in sent["objects"]:
        if one["metadata"].get("namespace") == "runai-faces":
            one["metadata"]["namespace"] = "kube-system"

    wanted = read(sent)

    assert wanted.desired.problems == {
        1: "The agent refused RoleBinding kube-system/runai-viewer-ns, because it is in a namespace that is not for"
        " projects"
    }


WORDS = "kind apiVersion metadata name labels subjects roleRef rules ruleIds objects message ruleId"
PARTS = WORDS.split()
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([*PARTS, "RoleBinding", UUID]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(PARTS), inner, max_size=4),
    max_leaves=12,
)


@given(objects=st.lists(JUNK, max_size=4), more=st.dictionaries(st.sampled_from(["rules", "problems", "notes"]), JUNK))
def test_whatever_is_sent_beside_them_honest_objects_are_taken(objects: list[Any], more: dict[str, Any]) -> None:
    wanted = read({"objects": [*objects, *hostile.honest()], **more})

    assert by_key(wanted.desired.objects) == by_key(hostile.honest())
    assert len(wanted.refused) >= len(objects)


@given(body=JUNK)
def test_what_is_no_answer_at_all_is_said_to_be_none(body: Any) -> None:
    try:
        assert read(body).desired == Desired()
    except NotRBAC:
        return
    assert body["objects"] == [] or len(read(body).refused) >= 1


@given(text=st.text())
def test_nothing_that_is_said_of_it_breaks_a_line(text: str) -> None:
    lie = {"kind": text, "apiVersion": text, "metadata": {"name": text, "namespace": text}}
    named = {**hostile.honest()[0], "subjects": [subject(text)], text or "x": text}

    refused = taken([lie, named]).refused
    objections = [names_by("runai:", "team:").objection(kind, text) for kind in ("User", "Group", text)]

    assert all(part.isprintable() for refusal in refused for part in refusal)
    assert all(said.isprintable() for said in objections)
