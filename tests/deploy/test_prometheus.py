"""Prometheus scrapes a server, finds what each rule and each panel asks for, and raises every alert for its reason."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest
import yaml

from tests.deploy.prometheus import RULES, Prometheus, program, scraping
from tests.faults.databases import PostgreSQL
from tests.faults.served import Served
from tests.sso import idp_keys
from tests.sso.idps import IDPS, saml
from tests.start.test_make_run import ROOT

pytestmark = [
    pytest.mark.operated,
    pytest.mark.timeout(400),
    pytest.mark.skipif(program("prometheus") is None, reason="there is no Prometheus: scripts/install-prometheus"),
]

TOKEN = "t" * 40
# An answer of a kind that there was none of before counts from the second scrape on that shows it.
SCRAPES = 5
ALERTS = {rule["alert"]: rule for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]}
PANELS = {
    panel["title"]: [target["expr"].replace("$__rate_interval", "5m") for target in panel["targets"]]
    for panel in json.loads((ROOT / "deploy/observability/dashboard.json").read_text())["panels"]
}
# What time brings, a second after it began.
LONG_AGO = (
    "UPDATE tokens_signingkey SET activated_at = now() - interval '46 days' WHERE state = 'active'",
    "UPDATE clustersync_syncreport SET at = now() - interval '16 minutes', failed = 2",
    "UPDATE audit_event SET at = now() - interval '16 minutes'",
    "UPDATE sso_identityprovider SET metadata_problem = 'unreachable', metadata_valid_until = now()",
)
SOON = "UPDATE sso_identityprovider SET metadata_valid_until = now() + interval '13 days'"
OF_LONG_AGO = {"IdentitySigningKeyOld", "IdentityAgentSilent", "IdentityAgentFails", "IdentityAuditUnsealed"}
OF_LONG_AGO |= {"IdentityAuditStreamBehind", "IdentityProviderMetadata", "IdentityProviderMetadataEnded"}
REPORT = {"agent": "1", "seconds": 1, "applied": 1, "unchanged": 0, "pruned": 0, "failed": 0, "rules": []}


@pytest.fixture(scope="module")
def database() -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, database: PostgreSQL) -> Iterator[Served]:
    """A server without housekeeping: nobody rotates keys, seals entries or sends them, which the alerts are for."""
    folder = tmp_path_factory.mktemp("served")
    sink = {"AUDIT_STREAM_FILE": str(folder / "audit.log"), "SIGN_IN_TRIES_PER_ADDRESS": "1000"}
    served = Served(folder, database, METRICS_TOKEN=TOKEN, HOUSEKEEPING="false", **sink)
    try:
        use(served)
        prune(served, database)  # which seals what there is
        refuse(served)
        yield served
    finally:
        served.stop()


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, served: Served) -> Iterator[Prometheus]:
    with scraping(tmp_path_factory.mktemp("prometheus"), TOKEN, served.start.url.removeprefix("http://")) as asked:
        asked.wait_for(lambda: asked.found("rate(runai_identity_audit_seals[1m])"))
        assert asked.active() == set()
        yield asked


def use(served: Served) -> None:
    """Make what a day brings: a provider, an agent that reports, a review, and a sign-in that is refused."""
    served.made(IDPS, saml(alias="acme", name="Acme", enabled=True))
    agent = served.made(f"/api/v1/clusters/{served.cluster['uuid']}/agent-token", {})
    path, by = f"/api/v1/clusters/{served.cluster['uuid']}/rbac/status", f"Bearer {agent['agentToken']}"
    assert served.ask("PUT", path, json=REPORT, headers={"Authorization": by}).status_code == 204
    assert served.review().status_code == 200
    refuse(served)


def refuse(served: Served) -> None:
    body = {"grantType": "password", "username": "nobody@example.com", "password": "Wrong-Horse-1"}
    assert served.ask("POST", "/api/v1/token", json=body).status_code in (400, 429)


def prune(served: Served, database: PostgreSQL) -> None:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(served.start.data), "DATABASE_URL": database.url}
    command = [sys.executable, "-m", "runai_identity.local", "manage", "prune"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


@contextmanager
def long_ago(served: Served, database: PostgreSQL) -> Iterator[None]:
    database.execute(*LONG_AGO)
    yield


@contextmanager
def a_file_that_ends(served: Served, database: PostgreSQL) -> Iterator[None]:
    database.execute(SOON)
    yield


@contextmanager
def another_certificate(served: Served, database: PostgreSQL) -> Iterator[None]:
    change = "UPDATE sso_identityprovider SET peer = jsonb_set(peer, '{certificates}', jsonb_build_array(%s::text))"
    with psycopg.connect(database.url) as rows:
        rows.execute(change, [idp_keys.key(expired=True).pem.decode()])
    yield


@contextmanager
def a_seal_is_gone(served: Served, database: PostgreSQL) -> Iterator[None]:
    database.execute("DELETE FROM audit_seal WHERE number = (SELECT max(number) FROM audit_seal)")
    yield


@contextmanager
def an_attack(served: Served, database: PostgreSQL) -> Iterator[None]:
    for _ in range(100):
        refuse(served)
    yield


@contextmanager
def a_lock(served: Served, database: PostgreSQL) -> Iterator[None]:
    with database.holding("LOCK TABLE clustersync_cluster IN ACCESS EXCLUSIVE MODE"):
        for _ in range(SCRAPES):
            served.review()  # waits a second for the lock
    yield


@contextmanager
def no_database(served: Served, database: PostgreSQL) -> Iterator[None]:
    database.stop()
    try:
        for _ in range(SCRAPES):
            assert served.robos_token().status_code == 503
            time.sleep(1)
        yield
    finally:
        database.start()


@contextmanager
def no_server(served: Served, database: PostgreSQL) -> Iterator[None]:
    served.start.kill()
    try:
        yield
    finally:
        served.start.begin(DATABASE_URL=database.url, METRICS_TOKEN=TOKEN, HOUSEKEEPING="false")
        served.start.wait_until_served()


Cause = Callable[[Served, PostgreSQL], AbstractContextManager[None]]
CAUSES: list[tuple[Cause, set[str]]] = [
    (long_ago, OF_LONG_AGO),
    (a_file_that_ends, {"IdentityProviderMetadataEnds"}),
    (another_certificate, {"IdentityProviderCertificateEnds"}),
    (a_seal_is_gone, {"IdentityAuditSealsGone"}),
    (an_attack, {"IdentitySignInsRefused"}),
    (a_lock, {"IdentityTokenReviewsSlow"}),
    (no_database, {"IdentityDatabaseDown", "IdentityErrors"}),
    (no_server, {"IdentityDown"}),
]


@pytest.mark.parametrize(("cause", "alerts"), CAUSES)
def test_an_alert_is_raised_for_its_cause(
    served: Served, database: PostgreSQL, prometheus: Prometheus, cause: Cause, alerts: set[str]
) -> None:
    with cause(served, database):
        prometheus.wait_for(lambda: alerts <= prometheus.active())
    said = [one["annotations"]["summary"] for one in prometheus.ask("alerts")["alerts"]]

    assert [one for one in said if "error expanding" in one or "{{" in one or "no value" in one] == []


def test_each_alert_has_a_cause() -> None:
    assert set().union(*(alerts for _, alerts in CAUSES)) == ALERTS.keys()


def test_no_rule_fails(prometheus: Prometheus) -> None:
    (group,) = prometheus.ask("rules")["groups"]

    assert {rule["name"]: (rule["health"], rule.get("lastError", "")) for rule in group["rules"]} == dict.fromkeys(
        ALERTS, ("ok", "")
    )


@pytest.mark.parametrize(("title", "query"), [(title, query) for title, asked in PANELS.items() for query in asked])
def test_a_panel_has_something_to_show(prometheus: Prometheus, title: str, query: str) -> None:
    prometheus.wait_for(lambda: prometheus.found(query))


def test_promtool_takes_the_rules() -> None:
    checked = subprocess.run([str(program("promtool")), "check", "rules", str(RULES)], check=False)

    assert checked.returncode == 0
