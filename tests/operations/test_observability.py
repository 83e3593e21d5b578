"""The server measures all that the alert rules and the dashboard ask for: each metric, label and value of a label.

tests/deploy/test_prometheus.py lets Prometheus ask it of a server.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver
from prometheus_client.metrics import MetricWrapperBase

from audit.models import Result
from runai_identity.metrics.events import EVENTS
from runai_identity.metrics.gauges import Gauges
from runai_identity.metrics.requests import METHODS, OTHER, REQUESTS

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
OBSERVABILITY = ROOT / "deploy/observability"
PAGE = (ROOT / "docs/observe.md").read_text()
RULES = yaml.safe_load((OBSERVABILITY / "alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = json.loads((OBSERVABILITY / "dashboard.json").read_text())["panels"]
QUERIES = [rule["expr"] for rule in RULES] + [target["expr"] for panel in PANELS for target in panel["targets"]]
# A selector of series, and the labels by which they are grouped.
SELECTOR = re.compile(r"(runai_identity_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")


def base(name: str) -> str:
    return re.sub(r"_(count|bucket|sum|total)$", "", name)


def labels() -> dict[str, set[str]]:
    """The labels of each metric, whether there is a series of it now or none."""
    counted: tuple[MetricWrapperBase, ...] = (REQUESTS, EVENTS)
    return {one.name: set(one._labelnames) for one in Gauges().collect()} | {
        one._name: set(one._labelnames) for one in counted
    }


def grouped(query: str) -> set[str]:
    return {label.strip() for found in GROUPED.findall(query) for label in found.split(",")}


def routes(within: URLResolver, before: str = "") -> Iterator[str]:
    for one in within.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from routes(one, route)


def is_an_action(value: str) -> bool:
    apps = ("accounts", "access", "sso", "tokens", "clustersync")
    return any(f'"{value}"' in file.read_text() for app in apps for file in (ROOT / app / "services").glob("*.py"))


HAS: dict[str, Callable[[re.Pattern[str]], bool]] = {
    "route": lambda asked: any(asked.fullmatch(f"/{route}") for route in [OTHER, *routes(get_resolver())]),
    "method": lambda asked: any(map(asked.fullmatch, METHODS)),
    "status": lambda asked: any(map(asked.fullmatch, ("200", "302", "400", "401", "403", "404", "429", "500", "503"))),
    "result": lambda asked: any(map(asked.fullmatch, Result.values)),
    "source": lambda asked: any(map(asked.fullmatch, ("file", "address"))),
    "action": lambda asked: is_an_action(asked.pattern.replace("\\", "")),
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_metrics_and_labels_that_are_measured(query: str) -> None:
    measured, asked = labels(), SELECTOR.findall(query)

    assert asked
    for name, matchers in asked:
        has = measured[base(name)] | ({"le"} if name.endswith("_bucket") else set())
        assert grouped(query) | {label for label, _, _ in MATCHER.findall(matchers)} <= has, name


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_asks_for_values_of_labels_that_there_are(query: str) -> None:
    for _, matchers in SELECTOR.findall(query):
        for label, how, value in MATCHER.findall(matchers):
            assert HAS[label](re.compile(value if how == "=~" else re.escape(value))), value


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_summary_names_labels_that_the_alert_has(rule: dict[str, dict[str, str]]) -> None:
    named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))

    assert named <= grouped(str(rule["expr"]))


def test_the_page_explains_every_metric_with_its_labels() -> None:
    rows = re.findall(r"^\| `(runai_identity_\w+)` \|(.*?)\|", PAGE, re.MULTILINE)

    assert {base(name): set(re.findall(r"`(\w+)`", cell)) for name, cell in rows} == labels()


def test_the_page_explains_every_alert() -> None:
    assert [rule["alert"] for rule in RULES if f"`{rule['alert']}`" not in PAGE] == []
