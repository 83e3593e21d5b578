"""The doctor's answer, printed: each line by its file, and with what was withheld put back."""

from __future__ import annotations

from typing import Any, NamedTuple

from runai_identity_cli import answers, terminal
from runai_identity_cli.reduction.values import Redactions

WELL, WARNED, BROKEN, UNCHECKED = 0, 1, 2, 3
EXIT_CODES = {"ok": WELL, "warnings": WARNED, "broken": BROKEN}
MARKS = {"ok": "✓", "error": "✗", "warning": "!", "note": "·", "not checked": "-"}
MEND = "(mend the line)"

Found = dict  # a JSON object


class DocumentSent(NamedTuple):
    name: str
    line_of_file: int
    line_sent: int


class DoctorReport:
    """`broken` has file, line and reason of each document that nothing was sent of, `empty` files without any.

    `followed` are files that were read because a flag names them, and `lost` says why others were not.
    """

    def __init__(self, withheld: Redactions) -> None:
        self.withheld = withheld
        self.broken: list[tuple[str, int, str]] = []
        self.empty: list[str] = []
        self.followed: list[str] = []
        self.lost: list[str] = []
        self._parts: list[DocumentSent] = []

    def add_part(self, name: str, *, line_of_file: int, line_sent: int) -> None:
        self._parts.append(DocumentSent(name, line_of_file, line_sent))

    def print(self, answer: Found[str, Any], cluster: str, *, everything: bool) -> int:
        """Print all of it, and return the exit code."""
        rules = [(answers.text(one, "answer"), self._rule(one)) for one in answers.records(answer, "rules")]
        findings = answers.records(answer, "findings")
        self._print_what_was_not_sent()
        for finding in findings:
            self._print_finding(finding)
        if everything:
            for said, title in rules:
                terminal.out(f"{MARKS.get(said, '?')} {title}")
            terminal.out()
        return self._print_verdict(answer, cluster, [said for said, _ in rules])

    def _print_what_was_not_sent(self) -> None:
        for name in self.followed:
            terminal.out(f"{MARKS['note']} {name}: read too, since a flag names it.")
        for why in self.lost:
            terminal.out(f"{MARKS['note']} {why} A flag names it; run this where it is, or give it as a file.")
        for name in self.empty:
            terminal.out(f"{MARKS['note']} {name}: nothing in it is read by the doctor, and nothing of it was sent.")
            terminal.out()
        for name, line, why in self.broken:
            terminal.out(f"{MARKS['error']} yaml ({name}, line {line})")
            terminal.out(f"    + {MEND}")
            terminal.out(f"      It can't be read as YAML: {why}. Nothing of it was sent to be looked at.")
            terminal.out()

    def _print_finding(self, finding: Found[str, Any]) -> None:
        mark = MARKS.get(answers.text(finding, "severity"), "?")
        terminal.out(f"{mark} {answers.text(finding, 'rule')}{self._place(finding)}")
        if answers.text(finding, "found"):
            terminal.out(f"    - {self._text(finding, 'found')}")
        terminal.out(f"    + {self._text(finding, 'write')}")
        terminal.out(f"      {self._text(finding, 'why')}")
        terminal.out()

    def _print_verdict(self, answer: Found[str, Any], cluster: str, rules: list[str]) -> int:
        said = "broken" if self.broken else answers.text(answer, "verdict")
        verdict = {
            "ok": f"{MARKS['ok']} Nothing is wrong with {cluster}.",
            "warnings": f"{MARKS['warning']} {cluster} works, with warnings.",
            "broken": f"{MARKS['error']} {cluster} is broken.",
        }.get(said, said)
        counted = f"{rules.count('ok')} rules are fine, {rules.count('not checked')} were not checked."
        terminal.out(f"{verdict} {counted}")
        if self.broken:
            name, line, _ = self.broken[0]
            terminal.out(f"  Change first ({name}, line {line}): {MEND}")
        elif answer.get("first"):
            first = answers.record(answer, "first")
            terminal.out(f"  Change first{self._place(first)}: {self._text(first, 'write')}")
        return EXIT_CODES.get(said, UNCHECKED)

    def _rule(self, rule: Found[str, Any]) -> str:
        title, reason = answers.text(rule, "title"), answers.text(rule, "reason")
        return f"{title} ({reason})" if reason else title

    def _place(self, finding: Found[str, Any]) -> str:
        line, place = answers.whole(finding, "line"), self._text(finding, "place")
        part = next((part for part in reversed(self._parts) if 0 < part.line_sent <= line), None)
        if part is None:
            return f" ({place})" if place else ""
        return f" ({part.name}, line {part.line_of_file + line - part.line_sent})"

    def _text(self, finding: Found[str, Any], name: str) -> str:
        return self.withheld.put_back(answers.text(finding, name))


def print_measured(measured: Found[str, Any]) -> None:
    if measured.get("failure"):
        terminal.out(
            f"{MARKS['error']} The server can't be reached from here ({measured['failure']}): {measured['why']}"
        )
    elif measured:
        terminal.out(f"{MARKS['ok']} The server answers from here, in {measured['discoveryMilliseconds']:g} ms.")
    if abs(measured.get("skewSeconds", 0)) > 5:
        terminal.out(f"{MARKS['warning']} The clocks are {abs(measured['skewSeconds']):.0f} seconds apart.")
