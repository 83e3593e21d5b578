"""The checks of one sign-in, each with its verdict. The first failed check refuses the sign-in."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

from common.errors import Unauthenticated
from common.visible import is_visible
from common.wording import Wording
from sso.refusals import REFUSALS


class SignInRefused(Unauthenticated):
    """A check failed. `code` is a key of REFUSALS, `message` is for the user; the check log has the details."""

    def __init__(self, code: str) -> None:
        super().__init__(code, REFUSALS[code].sentence)

    @property
    def status(self) -> int:
        return REFUSALS[self.code].status


class CheckSource(StrEnum):
    """Author of what a check looked at: this server, an unverified sender, or the verified provider."""

    OURS = ""
    ANYBODY = "anybody"
    PROVIDER = "provider"


@dataclass(frozen=True)
class Check:
    """One check. `verdict` is passed, failed or noted; `detail` describes the finding, in the words of `source`.

    `detail` never holds a secret. `code` is a key of REMARKS if the provider's page counts this check.
    """

    check: str
    verdict: str
    detail: str = ""
    source: str = CheckSource.OURS
    code: str = ""
    wording: Wording | None = field(default=None, compare=False)
    """`detail` with its values, to translate it."""

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("check", "verdict", "detail", "source", "code")}


@dataclass
class CheckLog:
    """The checks of one message. `message` is the ID of the message whose signature was verified, if any."""

    checks: list[Check] = field(default_factory=list)
    source: CheckSource = CheckSource.OURS
    message: str = ""

    @property
    def is_of_provider(self) -> bool:
        """Return True if the provider itself took part: then no stranger can have caused the attempt."""
        return self.source == CheckSource.PROVIDER

    def passed(self, check: str, detail: str = "") -> None:
        self._add(check, "passed", detail)

    def noted(self, check: str, detail: str, code: str = "") -> None:
        """Add a finding that refuses nobody but deserves an administrator's attention."""
        self._add(check, "noted", detail, code)

    def refuse(self, check: str, code: str, detail: str) -> NoReturn:
        self._add(check, "failed", detail)
        raise SignInRefused(code)

    def require(self, held: bool, check: str, code: str, detail: str, passed: str = "") -> None:
        """Pass or refuse the sign-in. `detail` describes the failure, `passed` the success."""
        if not held:
            self.refuse(check, code, detail)
        self.passed(check, passed)

    def add(self, other: "CheckLog") -> None:
        """Append the checks of another log, and continue from its source and message."""
        self.checks += other.checks
        self.source, self.message = other.source, other.message

    def as_json(self) -> dict[str, Any]:
        checks = [check.as_json() for check in self.checks]
        wordings = [check.wording.as_json() if check.wording else None for check in self.checks]
        return {"checks": checks, "wordings": wordings, "source": self.source.value, "message": self.message}

    def for_pages(self) -> list[dict[str, Any]]:
        """Return the checks with their wordings, to store them with an attempt."""
        kept = self.as_json()
        pairs = zip(kept["checks"], kept["wordings"], strict=True)
        return [check | ({"wording": wording} if wording else {}) for check, wording in pairs]

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "CheckLog":
        kept = fields.get("wordings") or [None] * len(fields["checks"])  # none: written by an earlier version
        wordings = [Wording.from_json(one) if one else None for one in kept]
        pairs = zip(fields["checks"], wordings, strict=True)
        checks = [Check(**check, wording=wording) for check, wording in pairs]
        return cls(checks, CheckSource(fields["source"]), fields["message"])

    def _add(self, check: str, verdict: str, detail: str, code: str = "") -> None:
        wording = detail.changed(_shortened) if isinstance(detail, Wording) else None
        if wording is not None and len(repr(wording.as_json())) > LONGEST_WORDING:
            wording = None
        self.checks.append(Check(check, verdict, _shortened(detail), self.source.value, code, wording))


LONGEST_DETAIL = 600
# A finding of more parts than this holds stays English.
LONGEST_WORDING = 3000


def _shortened(detail: str) -> str:
    """Return the text as one line that can be stored and shown. It may come from a stranger."""
    shown = detail if len(detail) <= LONGEST_DETAIL else f"{detail[: LONGEST_DETAIL - 1]}…"
    return "".join(character if is_visible(character) else "\N{REPLACEMENT CHARACTER}" for character in shown)
