"""Count each remark in the last sign-ins of a provider."""

from collections import Counter
from typing import NamedTuple

from sso.models import IdentityProvider
from sso.models.attempts import AttemptOutcome
from sso.remarks import REMARKS


class RemarkCount(NamedTuple):
    """`times` of the last `of` sign-ins had this remark; `sentence` continues from there."""

    times: int
    of: int
    sentence: str


def remarks_of(provider: IdentityProvider) -> list[RemarkCount]:
    """Count the remarks of the stored sign-ins and tests (`sso.services.attempts.KEPT`), the most frequent first."""
    kept = provider.attempts.exclude(outcome=AttemptOutcome.REFUSED).values_list("checks", flat=True)
    made = [{str(check.get("code", "")) for check in checks} for checks in kept]
    times = Counter(code for codes in made for code in codes if code in REMARKS)
    return [RemarkCount(count, len(made), REMARKS[code]) for code, count in times.most_common()]
