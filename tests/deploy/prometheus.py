"""Debian's Prometheus, which scrapes a server as docs/observe.md says and follows the rules of deploy/observability."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml

from tests.ports import free_port
from tests.start.test_make_run import ROOT

BIN = ROOT / ".venv/prometheus/usr/bin"  # scripts/install-prometheus
RULES = ROOT / "deploy/observability/alerts.yaml"
EACH_SECOND = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}


def program(name: str) -> str | None:
    return shutil.which(name, path=str(BIN)) or shutil.which(name)


def configured(token: Path, target: str) -> dict[str, Any]:
    """Return the configuration of the page, with this server and the file of this token in the place of its own."""
    (written,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/observe.md").read_text(), re.DOTALL)
    configuration: dict[str, Any] = yaml.safe_load(written)
    (job,) = configuration["scrape_configs"]
    job["authorization"]["credentials_file"] = str(token)
    (job["static_configs"][0])["targets"] = [target]
    return {"global": EACH_SECOND, "rule_files": [str(RULES)], **configuration}


class Prometheus:
    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, **parameters: str) -> Any:
        with requests.Session() as session:
            answer = session.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=10).json()
        assert answer["status"] == "success", answer
        return answer["data"]

    def found(self, query: str) -> list[dict[str, Any]]:
        return list(self.ask("query", query=query)["result"])

    def active(self) -> set[str]:
        """Return the alerts whose expression holds, if it has not done so for long enough yet as well."""
        return {alert["labels"]["alertname"] for alert in self.ask("alerts")["alerts"]}

    def wait_for(self, holds: Callable[[], object], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, (self.active(), self.ask("targets")["activeTargets"])
            time.sleep(0.3)


@contextmanager
def scraping(folder: Path, token: str, target: str) -> Iterator[Prometheus]:
    file, configuration, port = folder / "token", folder / "prometheus.yaml", free_port()
    file.write_text(f"{token}\n")
    configuration.write_text(yaml.safe_dump(configured(file, target)))
    command = [str(program("prometheus")), f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'tsdb'}"]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=subprocess.STDOUT
        )
    prometheus = Prometheus(f"http://127.0.0.1:{port}")
    try:
        _wait_until_ready(prometheus, folder / "prometheus.log")
        yield prometheus
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_ready(prometheus: Prometheus, log: Path) -> None:
    for _ in range(100):
        try:
            if requests.get(f"{prometheus.url}/-/ready", timeout=2).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError(log.read_text())
