"""`python -m clustersync.agent`: in a cluster, calling out to the server and nothing else.

From the environment: RUNAI_IDENTITY_URL, CLUSTER_UUID, CREDENTIAL_FILE, USERNAME_PREFIX, GROUPS_PREFIX; and CA_FILE,
ADMISSION_POLICY, INTERVAL_SECONDS (30), METRICS_PORT, KUBECONFIG (without it, the pod's service account). `--once` for
one pass, `--dry-run` for what it would do.
"""

import argparse
import logging
import os
import signal
import sys
from functools import partial
from pathlib import Path

from clustersync.agent.health import Health
from clustersync.agent.kube import APIServerUnreachable, Kubernetes, NotConfigured, RequestRefused, own_namespace
from clustersync.agent.loop import for_ever, once
from clustersync.agent.metrics import Metrics
from clustersync.agent.names import names_by
from clustersync.agent.plan import Wanted, plan, steps_in_words
from clustersync.agent.received import received
from clustersync.agent.source import ControlPlane, Unanswered

FAILED, UNREACHABLE, MISCONFIGURED = 1, 2, 3
NAME = "agent in the cluster"


def main(arguments: list[str] | None = None) -> int:
    given = _arguments(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        server, cluster = _server(), _kubernetes()
        if given.dry_run:
            return show(server.wanted(), cluster)
        if given.once:
            outcome = once(server, cluster, agent=NAME)
            return FAILED if outcome.trouble else 0
        interval = _number("INTERVAL_SECONDS", 30)
        for_ever(server, cluster, agent=NAME, interval=interval, metrics=_metrics(interval))
    except NotConfigured as error:
        sys.stderr.write(f"{error}\n")
        return MISCONFIGURED
    except (APIServerUnreachable, Unanswered, RequestRefused) as error:
        sys.stderr.write(f"{error}\n")
        return UNREACHABLE
    return 0


def show(wanted: Wanted, cluster: Kubernetes) -> int:
    """Print what a pass would do; 1 when that is anything."""
    would = plan(wanted, cluster.live())
    lines = [*(f"! {what} refused, because it {why}" for what, why in wanted.refused), *steps_in_words(would)]
    sys.stdout.write("".join(f"{line}\n" for line in lines) or f"Nothing to do: {would.unchanged} as they should be.\n")
    return FAILED if lines else 0


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m clustersync.agent", description=__doc__)
    parser.add_argument("--once", action="store_true", help="one pass; the exit code tells whether all is well")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done, and do nothing")
    return parser.parse_args(arguments)


def _server() -> ControlPlane:
    names = ("RUNAI_IDENTITY_URL", "CLUSTER_UUID", "CREDENTIAL_FILE", "USERNAME_PREFIX", "GROUPS_PREFIX")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        raise NotConfigured(f"Set {', '.join(missing)}: the agent's manifest does.")
    url, cluster, credential, *prefixes = (os.environ[name] for name in names)
    try:
        bindable = names_by(*prefixes)
    except ValueError as error:
        raise NotConfigured(str(error)) from None
    read = partial(received, cluster=cluster, names=bindable, own_namespace=own_namespace(), policy=_policy())
    ca = os.environ.get("CA_FILE")
    return ControlPlane(url, cluster, Path(credential), read=read, ca=Path(ca) if ca else None)


def _kubernetes() -> Kubernetes:
    file = os.environ.get("KUBECONFIG")
    return Kubernetes.by_kubeconfig(Path(file), policy=_policy()) if file else Kubernetes.in_cluster(_policy())


def _policy() -> str:
    return os.environ.get("ADMISSION_POLICY", "")


def _metrics(interval: float) -> Metrics:
    metrics = Metrics(Health(interval=interval))
    if "METRICS_PORT" in os.environ:
        metrics.serve(int(_number("METRICS_PORT", 0)))
    return metrics


def _number(name: str, default: float) -> float:
    try:
        value = float(os.environ.get(name, default))
    except ValueError:
        value = 0
    if value <= 0:
        raise NotConfigured(f"{name} takes a number above 0.")
    return value


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the first process of a container ignores it otherwise
    sys.exit(main())
