"""Desired objects as what others read: a stream of YAML documents for GitOps, and JSON for the agent."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from clustersync.rbac.desired import Desired, Manifest, ObjectKey, key_of
from clustersync.rbac.places import label_line
from clustersync.yaml_for_go import as_documents

HEAD = """\
Nothing in this file keeps a role binding out of a namespace that was there before its project and belongs to somebody
else. The agent and its admission policy look at the label by which a namespace says whose it is; kubectl does not. Make
each namespace with that label, or look at what is in it before you set it (never with --overwrite):
""".splitlines()


def to_gitops(objects: Sequence[Manifest]) -> str:
    """YAML with a remark: what applies it looks at no label of a namespace, so somebody has to."""
    bound = sorted({(key.namespace, key.project) for key in map(key_of, objects) if key.namespace})
    lines = [*HEAD, *(label_line(namespace, project) for namespace, project in bound)] if bound else []
    return "".join(f"# {line}\n" for line in lines) + as_documents(objects)


def to_json(wanted: Desired) -> dict[str, Any]:
    """`rules` says by their positions in `objects` of which objects access rules are made."""
    position = {key_of(manifest): index for index, manifest in enumerate(wanted.objects)}
    return {
        "objects": list(wanted.objects),
        "problems": [{"ruleId": id_, "message": message} for id_, message in wanted.problems.items()],
        "notes": [{"ruleId": id_, "message": message} for id_, message in wanted.notes.items()],
        "rules": [
            {"ruleIds": ids, "objects": [position[key] for key in keys]}
            for keys, ids in _together(wanted.by_rule.items())
        ],
    }


def _together(
    by_rule: Iterable[tuple[int, tuple[ObjectKey, ...]]],
) -> Sequence[tuple[tuple[ObjectKey, ...], list[int]]]:
    """Rules of one role in one scope are made of the same objects, which are then named once."""
    ordered = sorted(by_rule, key=lambda item: (item[1], item[0]))
    return [(keys, [id_ for id_, _ in items]) for keys, items in groupby(ordered, key=lambda item: item[1])]
