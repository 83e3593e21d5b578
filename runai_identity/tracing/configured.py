"""Read the standard variables that configure traces, without an import of OpenTelemetry.

See https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/. The SDK reads the rest of them
itself. Where the SDK would warn and choose something else, the start stops and names the variable.
"""

from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured

from runai_identity.env import address, flag, text

RATIOS = ("traceidratio", "parentbased_traceidratio")
SAMPLERS = ("always_on", "always_off", "parentbased_always_on", "parentbased_always_off", *RATIOS)


def are_configured() -> bool:
    """Return True if spans are sent. ImproperlyConfigured names what is wrong."""
    exporter = text("OTEL_TRACES_EXPORTER")
    if exporter not in ("", "otlp", "none"):
        raise ImproperlyConfigured("OTEL_TRACES_EXPORTER takes otlp or none.")
    named = address("OTEL_EXPORTER_OTLP_ENDPOINT") or address("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if flag("OTEL_SDK_DISABLED", default=False) or exporter == "none" or not (exporter or named):
        return False
    _check_protocol()
    _check_sampler()
    _check_installation()
    return True


def _check_protocol() -> None:
    given = {
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": text("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"),  # comes before the other
        "OTEL_EXPORTER_OTLP_PROTOCOL": text("OTEL_EXPORTER_OTLP_PROTOCOL"),
    }
    name, protocol = next(((name, value) for name, value in given.items() if value), ("", "http/protobuf"))
    if protocol != "http/protobuf":
        raise ImproperlyConfigured(f"{name} takes http/protobuf (port 4318 of most collectors).")


def _check_sampler() -> None:
    sampler = text("OTEL_TRACES_SAMPLER", "parentbased_always_on").lower()
    if sampler not in SAMPLERS:
        raise ImproperlyConfigured(f"OTEL_TRACES_SAMPLER takes {', '.join(SAMPLERS)}.")
    if sampler not in RATIOS:
        return
    try:
        ratio = float(text("OTEL_TRACES_SAMPLER_ARG", "1"))
    except ValueError:
        ratio = -1
    if not 0 <= ratio <= 1:
        raise ImproperlyConfigured("OTEL_TRACES_SAMPLER_ARG takes a number from 0 to 1.")


def _check_installation() -> None:
    try:
        installed = find_spec("opentelemetry.exporter.otlp.proto.http.trace_exporter") and find_spec(
            "opentelemetry.sdk"
        )
    except ModuleNotFoundError:
        installed = None
    if not installed:
        raise ImproperlyConfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the packages that send traces are not installed."
            " Install them (make traces), or set OTEL_SDK_DISABLED=true."
        )
