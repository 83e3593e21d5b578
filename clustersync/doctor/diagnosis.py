"""All rules, asked in an order in which the first error is the one to mend first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from clustersync.doctor.judging import tries
from clustersync.doctor.parsed import Parsed
from clustersync.doctor.rule import PERSON, DoctorRule, Evidence, Fault, Severity
from clustersync.doctor.rules import RULES
from clustersync.doctor.rules.people import asked_about
from clustersync.doctor.served import Observed, Served
from common.wording import Wording

Verdict = Literal["ok", "warnings", "broken"]


@dataclass(frozen=True)
class Finding:
    """`line` is 0, and `found` empty, where the fault is that nothing stands there."""

    rule: str
    severity: Severity
    line: int
    found: str
    write: str
    place: str
    why: str


@dataclass(frozen=True)
class RuleResult:
    """The result of one rule. `reason` says why it was not checked."""

    rule: str
    title: str
    answer: Literal["ok", "error", "warning", "note", "not checked"]
    reason: str = ""


@dataclass(frozen=True)
class Diagnosis:
    recognised: Sequence[str]
    findings: Sequence[Finding]
    outcomes: Sequence[RuleResult]

    @property
    def verdict(self) -> Verdict:
        severities = {finding.severity for finding in self.findings}
        if Severity.ERROR in severities:
            return "broken"
        return "warnings" if Severity.WARNING in severities else "ok"

    @property
    def first(self) -> Finding | None:
        """Return what to change first."""
        wanted = {"broken": Severity.ERROR, "warnings": Severity.WARNING}.get(self.verdict)
        return next((finding for finding in self.findings if finding.severity == wanted), None)


def diagnose(parsed: Parsed, served: Served, seen: Observed) -> Diagnosis:
    evidence = Evidence(parsed, served, seen)
    evidence = replace(evidence, tries=tries(parsed.entries, evidence.entry, served.samples))
    asked = [(rule, list(_ask(rule, evidence))) for rule in RULES]
    findings = [finding for _, found in asked for finding in found]
    return Diagnosis(parsed.recognised, findings, [_outcome(rule, evidence, found) for rule, found in asked])


def _ask(rule: DoctorRule, evidence: Evidence) -> Iterator[Finding]:
    for each in _evidence(rule, evidence):
        if rule.given.holds(each) and (fault := rule.check(each)):
            yield _finding(rule, fault)


def _evidence(rule: DoctorRule, evidence: Evidence) -> Sequence[Evidence]:
    if rule.given is not PERSON:
        return [evidence]
    return [replace(evidence, person=one) for one in asked_about(evidence.parsed.people, evidence.served)]


def _finding(rule: DoctorRule, fault: Fault) -> Finding:
    found = fault.found
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        line=found.line if found else 0,
        found=found.text if found else "",
        write=Wording.of(fault.write),
        place=Wording.of(fault.place),
        why=Wording.of(fault.why),
    )


def _outcome(rule: DoctorRule, evidence: Evidence, found: Sequence[Finding]) -> RuleResult:
    if found:
        return RuleResult(rule.id, rule.title, rule.severity.value)
    if not any(rule.given.holds(each) for each in _evidence(rule, evidence)):
        return RuleResult(rule.id, rule.title, "not checked", Wording.of(rule.given.absent))
    return RuleResult(rule.id, rule.title, "ok")
