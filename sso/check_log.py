"""The checks of one sign-in, each with its verdict: refused by the first that fails, and explained by all."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, NoReturn

from common.errors import Unauthenticated
from sso.refusals import REFUSALS


class SignInRefused(Unauthenticated):
    """`code` is one of REFUSALS, `message` is for the person; why exactly stands among the trial's checks."""

    def __init__(self, code: str) -> None:
        super().__init__(code, REFUSALS[code].sentence)

    @property
    def status(self) -> int:
        return REFUSALS[self.code].status


class CheckSource(StrEnum):
    """Who wrote what a check looked at: this server, whoever sent the message, or the provider, as was verified."""

    OURS = ""
    ANYBODY = "anybody"
    PROVIDER = "provider"


@dataclass(frozen=True)
class Check:
    """`verdict` is passed, failed or noted; `detail` says what was there, never a secret, in the words of `source`.

    `code` is one of REMARKS for what is counted on the provider's page.
    """

    check: str
    verdict: str
    detail: str = ""
    source: str = CheckSource.OURS
    code: str = ""


@dataclass
class CheckLog:
    """`message` is the ID of the message whose signature was verified, if there was one."""

    checks: list[Check] = field(default_factory=list)
    source: CheckSource = CheckSource.OURS
    message: str = ""

    @property
    def is_of_provider(self) -> bool:
        """The provider itself took part: nobody else can have made this happen."""
        return self.source == CheckSource.PROVIDER

    def passed(self, check: str, detail: str = "") -> None:
        self._add(check, "passed", detail)

    def noted(self, check: str, detail: str, code: str = "") -> None:
        """Nothing that refuses anybody, but worth an administrator's look."""
        self._add(check, "noted", detail, code)

    def refuse(self, check: str, code: str, detail: str) -> NoReturn:
        self._add(check, "failed", detail)
        raise SignInRefused(code)

    def require(self, held: bool, check: str, code: str, detail: str, passed: str = "") -> None:
        """`detail` says what is wrong when it isn't `held`, and `passed` what was right when it is."""
        if not held:
            self.refuse(check, code, detail)
        self.passed(check, passed)

    def add(self, other: "CheckLog") -> None:
        """Go on from where the other one ended."""
        self.checks += other.checks
        self.source, self.message = other.source, other.message

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "CheckLog":
        checks = [Check(**check) for check in fields["checks"]]
        return cls(checks, CheckSource(fields["source"]), fields["message"])

    def _add(self, check: str, verdict: str, detail: str, code: str = "") -> None:
        self.checks.append(Check(check, verdict, _shortened(detail), self.source.value, code))


LONGEST_DETAIL = 600


def _shortened(detail: str) -> str:
    """One line that can be stored and shown: what stands in it may come from a stranger."""
    shown = detail if len(detail) <= LONGEST_DETAIL else f"{detail[: LONGEST_DETAIL - 1]}…"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in shown)
