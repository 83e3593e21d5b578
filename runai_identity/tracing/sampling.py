"""Keep the sampler's share, whatever callers send in `traceparent` (docs/decisions/0025-traces.md)."""

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState, get_current_span
from opentelemetry.util.types import Attributes

NO_PARENT = Context()


class Bounded(Sampler):
    """The configured sampler, which a caller can make sample less, but not more.

    A caller chooses the sampled flag, and the trace id by which ratio samplers decide. Where there is a caller's span,
    a random id of ours stands in for its trace id, and a sampled flag counts only if the sampler would sample without
    it too. Spans inside a request follow the request's span.
    """

    def __init__(self, configured: Sampler) -> None:
        self._configured = configured
        self._ids = RandomIdGenerator()

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = get_current_span(parent_context).get_span_context()
        facts = (name, kind, attributes, links, trace_state)
        if not parent.is_valid:
            return self._configured.should_sample(parent_context, trace_id, *facts)
        if not parent.is_remote:
            follows = Decision.RECORD_AND_SAMPLE if parent.trace_flags.sampled else Decision.DROP
            return SamplingResult(follows, attributes)
        ours = self._ids.generate_trace_id()
        alone = self._configured.should_sample(NO_PARENT, ours, *facts)
        if alone.decision is not Decision.RECORD_AND_SAMPLE:
            return alone
        return self._configured.should_sample(parent_context, ours, *facts)

    def get_description(self) -> str:
        return f"Bounded{{{self._configured.get_description()}}}"
