"""`manage.py syncclusters` goes through several clusters at a time, and not through more than it is told."""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import ClassVar

import pytest
from django.core.management import CommandError, call_command

from access.models import ScopeType
from bench.agent import kubeconfig_of
from bench.kube import APIServers, held
from clustersync.agent.processes import ProcessEnded, in_processes, shares_of
from clustersync.models import SyncReport
from tests import cast

pytestmark = pytest.mark.slow
NAMES = [f"gpu-{number}" for number in range(7)]


class Distant(APIServers):
    """API servers that are some way off; one is away. Notes how many clusters were asked at the same time."""

    lock = threading.Lock()
    asked: ClassVar[list[str]] = []
    most_at_once = 0

    def do_GET(self) -> None:
        cluster = self.path.split("/")[1]
        if cluster == NAMES[3]:
            self.send_error(503)
            return
        with self.lock:
            self.asked.append(cluster)
            Distant.most_at_once = max(self.most_at_once, len(set(self.asked)))
        time.sleep(0.1)
        with self.lock:
            self.asked.remove(cluster)
        super().do_GET()


@pytest.fixture
def kubeconfig(transactional_db: None, tmp_path: Path) -> Iterator[Path]:
    tenant = cast.plant_tree().tenant
    for number, name in enumerate(NAMES):
        uuid = f"c0000000-0000-4000-8000-10000000000{number}"
        cast.cluster(cast.node(ScopeType.CLUSTER, uuid, name, tenant), f"webhook token of {name}")
    held.cache_clear()
    Distant.folder, Distant.most_at_once = tmp_path, 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Distant)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = tmp_path / "kubeconfig"
    file.write_text(json.dumps(kubeconfig_of(NAMES, server.server_port)))
    yield file
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("at_once", [1, 3])
def test_it_asks_so_many_clusters_at_a_time(kubeconfig: Path, at_once: int) -> None:
    asked = ["--once", "--at-once", str(at_once), "--kubeconfig", str(kubeconfig)]

    with pytest.raises(CommandError, match=f"Not as it should be: {NAMES[3]}\\.$"):
        call_command("syncclusters", *asked, stdout=StringIO(), stderr=StringIO())

    assert Distant.most_at_once == at_once
    assert SyncReport.objects.count() == len(NAMES) - 1


def test_shares_differ_by_one_at_most() -> None:
    assert shares_of(NAMES, 3) == [NAMES[0::3], NAMES[1::3], NAMES[2::3]]
    assert [len(share) for share in shares_of(NAMES[:2], 4)] == [1, 1]
    assert shares_of([], 4) == []


def test_a_process_that_is_killed_ends_the_others(tmp_path: Path) -> None:
    def work(share: list[str]) -> list[str]:
        if share == ["killed"]:
            os.kill(os.getpid(), signal.SIGKILL)
        (tmp_path / "pid").write_text(str(os.getpid()))
        time.sleep(60)
        return []

    begun = time.monotonic()
    with pytest.raises(ProcessEnded):
        in_processes(work, [["goes on"], ["killed"]])

    assert time.monotonic() - begun < 20
