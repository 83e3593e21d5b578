"""A whole pass with a lying server. The same at a real API server: tests/system/test_agent_lied_to.py."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from clustersync.agent import source
from clustersync.agent.loop import once
from clustersync.agent.names import names_by
from clustersync.agent.received import received
from clustersync.agent.source import ControlPlane, Unanswered
from clustersync.rbac.desired import key_of
from clustersync.rbac.places import namespace_for
from tests.clustersync import hostile
from tests.clustersync.held import Held, foreign, prepared
from tests.clustersync.liar import Liar, lying
from tests.clustersync.wanted import UUID

LIES = list(hostile.lies())


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as found:
        yield found


@pytest.fixture
def server(liar: Liar, tmp_path: Path) -> ControlPlane:
    credential = tmp_path / "token"
    credential.write_text("the agent's token")
    read = partial(received, cluster=UUID, names=names_by("runai:", "team:"), own_namespace=hostile.OWN_NAMESPACE)
    return ControlPlane(liar.address, UUID, credential, read=read)


def everywhere() -> Held:
    """With every namespace that a lie names, labelled as if it were the project's."""
    names = [name for name in hostile.NAMESPACES if isinstance(name, str)]
    return prepared(*(namespace_for(name, hostile.FACES) for name in names), foreign("ClusterRole", "cluster-admin"))


def test_of_every_lie_at_once_nothing_is_applied_and_the_honest_part_is(
    server: ControlPlane, liar: Liar, caplog: pytest.LogCaptureFixture
) -> None:
    cluster = everywhere()
    liar.say(*(lie.told for lie in LIES), *hostile.honest())

    outcome = once(server, cluster, agent="test")

    written = [one for one in cluster.objects.values() if (one["metadata"].get("annotations") or {})]
    assert {key_of(one) for one in written} == {key_of(one) for one in hostile.honest() if "roleRef" in one}
    assert all(hostile.is_ours({**one, "metadata": {**one["metadata"], "annotations": {}}}) for one in written)
    assert len(outcome.refused) >= len(LIES)
    assert "refused, because it" in caplog.text


def test_it_says_to_the_server_what_it_refused(server: ControlPlane, liar: Liar) -> None:
    liar.say(*(lie.told for lie in LIES), *hostile.honest())

    once(server, everywhere(), agent="test")

    (report,) = liar.told
    assert report["failed"] >= len(LIES)
    assert sum("refused, because it" in line for line in report["problems"]) > 20
    phases = {rule: fate["phase"] for fate in report["rules"] for rule in fate["ruleIds"]}
    assert {phases[at + 1] for at in range(len(LIES))} == {"NotReady"}


def test_it_keeps_what_stands_while_the_server_answers_with_something_else(server: ControlPlane, liar: Liar) -> None:
    cluster = prepared()
    liar.say(*hostile.honest())
    once(server, cluster, agent="test")
    before = dict(cluster.objects)

    answers: list[object] = [b"", b"[]", b"{}", b"<html>", b"[" * 100_000, {"objects": {}}, None]
    for says in answers:
        liar.says = says
        with pytest.raises(Unanswered, match="something else than RBAC"):
            once(server, cluster, agent="test")

    assert cluster.objects == before


def test_it_follows_nobody_elsewhere(server: ControlPlane, liar: Liar) -> None:
    liar.status, liar.headers = 302, {"Location": "http://127.0.0.1:1/elsewhere"}

    with pytest.raises(Unanswered, match="status 302"):
        once(server, prepared(), agent="test")


def test_it_reads_no_answer_without_end(server: ControlPlane, liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_BYTES", 1_000)
    liar.says = b" " * 10_000

    with pytest.raises(Unanswered, match="larger than any RBAC"):
        once(server, prepared(), agent="test")
