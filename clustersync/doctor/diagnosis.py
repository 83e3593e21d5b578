"""All rules, asked in an order in which the first error is the one to mend first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from clustersync.doctor.judging import tries
from clustersync.doctor.rule import PERSON, Case, Fault, Rule, Severity
from clustersync.doctor.rules import RULES
from clustersync.doctor.rules.people import asked_about
from clustersync.doctor.served import Observed, Served
from clustersync.doctor.told import Told

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
class Outcome:
    """Of one rule. `reason` says why it was not asked."""

    rule: str
    title: str
    answer: Literal["ok", "error", "warning", "note", "not checked"]
    reason: str = ""


@dataclass(frozen=True)
class Diagnosis:
    recognised: Sequence[str]
    findings: Sequence[Finding]
    outcomes: Sequence[Outcome]

    @property
    def verdict(self) -> Verdict:
        severities = {finding.severity for finding in self.findings}
        if Severity.ERROR in severities:
            return "broken"
        return "warnings" if Severity.WARNING in severities else "ok"

    @property
    def first(self) -> Finding | None:
        """What to change first."""
        wanted = {"broken": Severity.ERROR, "warnings": Severity.WARNING}.get(self.verdict)
        return next((finding for finding in self.findings if finding.severity == wanted), None)


def diagnose(told: Told, served: Served, seen: Observed) -> Diagnosis:
    case = Case(told, served, seen)
    case = replace(case, tries=tries(told.entries, case.entry, served.samples))
    asked = [(rule, list(_ask(rule, case))) for rule in RULES]
    findings = [finding for _, found in asked for finding in found]
    return Diagnosis(told.recognised, findings, [_outcome(rule, case, found) for rule, found in asked])


def _ask(rule: Rule, case: Case) -> Iterator[Finding]:
    for each in _cases(rule, case):
        if rule.given.holds(each) and (fault := rule.check(each)):
            yield _finding(rule, fault)


def _cases(rule: Rule, case: Case) -> Sequence[Case]:
    if rule.given is not PERSON:
        return [case]
    return [replace(case, person=one) for one in asked_about(case.told.people, case.served)]


def _finding(rule: Rule, fault: Fault) -> Finding:
    found = fault.found
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        line=found.line if found else 0,
        found=found.text if found else "",
        write=fault.write,
        place=fault.place,
        why=fault.why,
    )


def _outcome(rule: Rule, case: Case, found: Sequence[Finding]) -> Outcome:
    if found:
        return Outcome(rule.id, rule.title, rule.severity.value)
    if not any(rule.given.holds(each) for each in _cases(rule, case)):
        return Outcome(rule.id, rule.title, "not checked", rule.given.absent)
    return Outcome(rule.id, rule.title, "ok")
