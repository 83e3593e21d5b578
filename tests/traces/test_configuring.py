"""The standard variables, refusals by name where they contradict, and nothing of OpenTelemetry without them."""

import importlib.util
import os
import subprocess
import sys
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from runai_identity.tracing import traced as if_configured
from runai_identity.tracing.configured import are_configured
from tests.start.test_make_run import ROOT
from tests.traces.conftest import Begin
from tests.traces.test_sampling import answer

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
LOADED = """
import sys
import runai_identity.wsgi
print(sorted({name.partition(".")[0] for name in sys.modules} & {"opentelemetry", "google"}))
"""


def configured(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> bool:
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return are_configured()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({**ENDPOINT, "OTEL_TRACES_EXPORTER": "none"}, False),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_SERVICE_NAME": "identity", "OTEL_TRACES_SAMPLER": "always_on"}, False),
        ({**ENDPOINT, "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"}, True),
    ],
)
def test_an_endpoint_switches_traces_on(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: bool
) -> None:
    assert configured(monkeypatch, variables) is expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:secret@collector:4318"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "half"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan"),
    ],
)
def test_what_is_wrong_stops_the_start_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        configured(monkeypatch, {**ENDPOINT, "OTEL_TRACES_SAMPLER": "traceidratio", name: value})

    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("missing", [None, ModuleNotFoundError("opentelemetry")])
def test_missing_packages_stop_the_start(monkeypatch: pytest.MonkeyPatch, missing: Exception | None) -> None:
    def find(name: str) -> None:
        if missing:
            raise missing

    monkeypatch.setattr("runai_identity.tracing.configured.find_spec", find)

    with pytest.raises(ImproperlyConfigured, match="make traces"):
        configured(monkeypatch, ENDPOINT)


def test_nothing_is_loaded_and_nothing_changes_without_them(settings: Any) -> None:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    loaded = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert loaded.stdout == "[]\n", loaded.stderr
    assert importlib.util.find_spec("opentelemetry") and if_configured(answer) is answer


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "runai-identity"),
        ({"OTEL_SERVICE_NAME": "identity-eu"}, "identity-eu"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=identity-us,deployment.environment=prod"}, "identity-us"),
    ],
)
def test_the_service_has_the_name_that_it_is_given(traced: Begin, variables: dict[str, str], expected: str) -> None:
    traces = traced(answer, **variables)
    traces.ask("GET", "/")
    traces.send()

    (span,) = traces.receiver.of_requests()
    assert span.resource["service.name"] == expected
    assert ("deployment.environment" in span.resource) is ("OTEL_RESOURCE_ATTRIBUTES" in variables)
