"""The checks of one sign-in, each with its verdict: refused by the first that fails, and explained by all."""

from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

from common.errors import Unauthenticated
from sso.refusals import REFUSALS


class Refused(Unauthenticated):
    """`code` is one of REFUSALS, `message` is for the person; why exactly stands among the trial's checks."""

    def __init__(self, code: str) -> None:
        super().__init__(code, REFUSALS[code].sentence)

    @property
    def status(self) -> int:
        return REFUSALS[self.code].status


@dataclass(frozen=True)
class Check:
    """`verdict` is passed, failed or noted; `detail` says what was there, never a secret."""

    check: str
    verdict: str
    detail: str = ""


@dataclass
class Trial:
    checks: list[Check] = field(default_factory=list)

    def passed(self, check: str, detail: str = "") -> None:
        self.checks.append(Check(check, "passed", _shortened(detail)))

    def noted(self, check: str, detail: str) -> None:
        """Nothing that refuses anybody, but worth an administrator's look."""
        self.checks.append(Check(check, "noted", _shortened(detail)))

    def refuse(self, check: str, code: str, detail: str) -> NoReturn:
        self.checks.append(Check(check, "failed", _shortened(detail)))
        raise Refused(code)

    def require(self, held: bool, check: str, code: str, detail: str, passed: str = "") -> None:
        """`detail` says what is wrong when it isn't `held`, and `passed` what was right when it is."""
        if not held:
            self.refuse(check, code, detail)
        self.passed(check, passed)

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(check) for check in self.checks]

    @classmethod
    def from_json(cls, checks: list[dict[str, Any]]) -> "Trial":
        return cls([Check(**check) for check in checks])


LONGEST_DETAIL = 500


def _shortened(detail: str) -> str:
    """One line that can be stored and shown: what stands in it may come from a stranger."""
    shown = detail if len(detail) <= LONGEST_DETAIL else f"{detail[: LONGEST_DETAIL - 1]}…"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in shown)
