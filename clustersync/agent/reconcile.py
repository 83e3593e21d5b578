"""One pass: what a cluster holds is made what it should hold, object by object, and nothing else is touched."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from clustersync.agent.kube import RequestRefused
from clustersync.agent.plan import RefusedObject, Wanted, named, plan
from clustersync.rbac.desired import Desired, Manifest, ObjectKey, key_of
from clustersync.rbac.diff import Change
from clustersync.rbac.estranged import APPLIED
from clustersync.rbac.places import namespace_for

logger = logging.getLogger(__name__)

READY = "Ready"
NOT_READY = "NotReady"
MOST_SAID = 100


class KubernetesAPI(Protocol):
    """The calls that a pass makes of `kube.Kubernetes`."""

    def live(self) -> list[Manifest]: ...

    def apply(self, manifest: Manifest, *, force: bool) -> None: ...

    def create_namespace(self, manifest: Manifest) -> None: ...

    def delete(self, manifest: Manifest) -> None: ...


@dataclass
class ReconcileResult:
    """`failed` says of each object why it isn't as it should be; `drift` what others had changed of ours.

    `refused` is what the server said and was not taken.

    `left` counts objects of ours that could be neither changed nor pruned: revoked rules may still give something.
    """

    applied: int = 0
    unchanged: int = 0
    pruned: int = 0
    left: int = 0
    failed: dict[ObjectKey, str] = field(default_factory=dict)
    refused: tuple[RefusedObject, ...] = ()
    drift: list[str] = field(default_factory=list)
    rules: dict[int, tuple[str, str]] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Return whether all was as it should be."""
        return not (self.applied or self.pruned or self.trouble)

    @property
    def trouble(self) -> int:
        """Return how many objects are not as they should be, or were refused."""
        return len(self.failed) + len(self.refused)

    @property
    def problems(self) -> list[str]:
        """Each once, the objects it stands for counted."""
        counted: dict[str, list[str]] = {}
        for what, why in self.refused:
            counted.setdefault(f"refused, because it {why}", []).append(what)
        for key, why in self.failed.items():
            counted.setdefault(why, []).append(named(key))
        return [f"{what[0]}{_and_more(len(what) - 1)}: {why}" for why, what in counted.items()][:MOST_SAID]


def reconcile(
    wanted: Wanted,
    cluster: KubernetesAPI,
    *,
    live: list[Manifest] | None = None,
    progress: Callable[[int, int], object] = lambda done, all_: None,
) -> ReconcileResult:
    """Create, change and prune until the cluster holds what is wanted; return what was done and what failed.

    Raise `kube.APIServerUnreachable` if the API server is lost on the way; a later pass goes on where this one stopped.
    `live` is what the cluster holds, if it was listed just now. `progress` is called after each object.
    """
    outcome = ReconcileResult(refused=wanted.refused)
    try:
        live = cluster.live() if live is None else live
    except RequestRefused as refusal:
        outcome.rules = dict.fromkeys(wanted.desired.by_rule, (NOT_READY, str(refusal)))
        outcome.failed[ObjectKey("ClusterRole", "", "*")] = str(refusal)
        outcome.left = 1  # as far as anybody knows
        return outcome

    pass_ = _Pass(wanted, live, cluster, outcome)
    steps = pass_.steps()
    for done, step in enumerate(steps, start=1):
        step()
        progress(done, len(steps))
    outcome.rules = dict(_by_rule(wanted.desired, outcome.failed))
    return outcome


class _Pass:
    """The steps of one pass, and what they need of each other: they write down in `outcome` how they went."""

    def __init__(self, wanted: Wanted, live: list[Manifest], cluster: KubernetesAPI, outcome: ReconcileResult) -> None:
        self._sought = {key_of(manifest): manifest for manifest in wanted.desired.objects}
        self._found = {key_of(manifest).address: manifest for manifest in live}
        self._cluster, self._outcome = cluster, outcome
        self._plan = plan(wanted, live)
        outcome.unchanged = self._plan.unchanged

    def steps(self) -> list[Callable[[], None]]:
        """Namespaces before the bindings in them; what is taken away last of all."""
        for conflict in self._plan.conflicts:
            self._outcome.failed[conflict.key] = conflict.message
            self._outcome.left += conflict.left
        return [
            *(lambda key=key: self._create(key) for key in self._plan.create),
            *(lambda change=change: self._change(change) for change in self._plan.change),
            *(lambda key=key: self._prune(key) for key in self._plan.prune),
        ]

    def _create(self, key: ObjectKey) -> None:
        namespace = ObjectKey("Namespace", "", key.namespace, key.project)
        if key.kind == "Namespace":
            self._try(key, lambda: self._cluster.create_namespace(namespace_for(key.name, key.project)))
        elif namespace in self._outcome.failed:
            self._outcome.failed[key] = self._outcome.failed[namespace]
        else:
            self._try(key, lambda: self._cluster.apply(_signed(self._sought[key]), force=False))

    def _change(self, change: Change) -> None:
        live = self._found[change.key.address]
        if _signature(live) == _digest(self._sought[change.key]):
            self._outcome.drift.append(f"{named(change.key)} {'; '.join(change.lines)}")
            logger.warning("Somebody changed ours: %s. Putting it right.", self._outcome.drift[-1])

        def apply() -> None:
            if change.recreate:  # nobody may change a binding's role
                self._cluster.delete(live)
            self._cluster.apply(_signed(self._sought[change.key]), force=True)

        self._try(change.key, apply)

    def _prune(self, key: ObjectKey) -> None:
        try:
            self._cluster.delete(self._found[key.address])
        except RequestRefused as refusal:
            self._outcome.failed[key] = str(refusal)
            self._outcome.left += 1
        else:
            self._outcome.pruned += 1

    def _try(self, key: ObjectKey, apply: Callable[[], None]) -> None:
        try:
            apply()
        except RequestRefused as refusal:
            self._outcome.failed[key] = str(refusal)
            self._outcome.left += key.address in self._found
        else:
            self._outcome.applied += 1


def _by_rule(desired: Desired, failed: Mapping[ObjectKey, str]) -> Iterator[tuple[int, tuple[str, str]]]:
    for rule, keys in desired.by_rule.items():
        why = [failed[key] for key in keys if key in failed]
        said = f"{why[0]}{_and_more(len(why) - 1)}" if why else desired.notes.get(rule, "")
        yield rule, (NOT_READY if why else READY, said)
    for rule, problem in desired.problems.items():
        yield rule, (NOT_READY, problem)


def _and_more(count: int) -> str:
    return f" (and {count} more)" if count > 0 else ""


def _signed(manifest: Manifest) -> Manifest:
    metadata = {**manifest["metadata"], "annotations": {APPLIED: _digest(manifest)}}
    return {**manifest, "metadata": metadata}


def _signature(live: Manifest) -> str:
    return str((live["metadata"].get("annotations") or {}).get(APPLIED, ""))


def _digest(manifest: Manifest) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:32]
