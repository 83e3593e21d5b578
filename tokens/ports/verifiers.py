"""Port: the clusters that verify tokens by our keys.

Wired by the setting TOKENS_VERIFIERS, the dotted path to a function of this shape
(`clustersync.adapters.verifiers.verifiers`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from common.actors import SYSTEM, Actor
from common.wording import Wording

# kube-apiserver fetches again when this much is left of max-age (measured).
FETCHES_BEFORE_THE_END = timedelta(seconds=30)

MOST_NAMED = 20


@dataclass(frozen=True)
class Verifier:
    """`fetched_at` is None for who has not been seen to fetch our keys; `how` says by what it was known.

    Not every fetch is noted: one of its API servers may have fetched them again until `fetched_by`.
    """

    name: str
    path: str
    by_itself: bool
    fetched_at: datetime | None = None
    fetched_by: datetime | None = None
    how: str = ""
    kids: frozenset[str] = frozenset()

    def standing(self, *, active: Collection[str], following: Collection[str]) -> str:
        """Return what its copy of the keys means for a planned rotation."""
        if not self.by_itself:
            return Wording("It asks us about each token, and needs no keys.")
        if self.fetched_at is None:
            return Wording(
                "Not seen to fetch them yet. It does with its first token; we know it by its discovery URL, or by the"
                " addresses of its API servers on its page."
            )
        if not self.kids.issuperset(active):
            return Wording("Its copy is older than a key that signs now: it fetches again with the next token.")
        if not self.kids.issuperset(following):
            return Wording(
                "It will fetch the next key with the first token that one signs: its copy is old enough by then."
            )
        return Wording("It has the next key already.")

    def refuses_until(self, now: datetime) -> datetime | None:
        """After an emergency, the latest time at which it still refuses what a new key signs; None when it does not."""
        if not self.by_itself:
            return None
        last = min(self.fetched_by or now, now)
        may_fetch = last + settings.JWKS_MAX_AGE - FETCHES_BEFORE_THE_END
        return may_fetch if may_fetch > now else None


def verifiers(reader: Actor = SYSTEM) -> list[Verifier]:
    """Return the enabled clusters that the reader may see."""
    found: list[Verifier] = import_string(settings.TOKENS_VERIFIERS)(reader)
    return found


def broken_by_an_emergency() -> list[str]:
    """Return what happens in each cluster when all keys are withdrawn at once; those that refuse longest come first."""
    now = timezone.now()
    found = verifiers()
    alone = [(verifier.refuses_until(now), verifier) for verifier in found if verifier.by_itself]
    alone.sort(key=lambda pair: pair[0] or now, reverse=True)
    said = [_in_an_emergency(verifier, until) for until, verifier in alone]
    return shortened(said, Wording("refuse new tokens no longer than these")) + _who_ask_us(len(found) - len(alone))


def shortened(said: list[str], rest: str) -> list[str]:
    if len(said) <= MOST_NAMED:
        return said
    return [*said[:MOST_NAMED], Wording("{more} more clusters {rest}.", more=len(said) - MOST_NAMED, rest=rest)]


def _in_an_emergency(verifier: Verifier, until: datetime | None) -> str:
    if until is None:
        return Wording(
            "{name}: accepts new tokens at once (known {how}), and forgets the withdrawn keys with the first of them.",
            name=verifier.name,
            how=verifier.how,
        )
    last = (
        Wording("it may have fetched the keys just now")
        if verifier.fetched_at is None
        else Wording("by its last fetch of the keys")
    )
    return Wording(
        "{name}: refuses new tokens until {until} UTC at the latest ({last}).",
        name=verifier.name,
        until=f"{until:%H:%M:%S}",
        last=last,
    )


def _who_ask_us(count: int) -> list[str]:
    if not count:
        return []
    return [
        Wording.counted(
            "{number} cluster asks us about each token: old ones are refused as soon as its cache is over, new ones"
            " accepted at once.",
            "{number} clusters ask us about each token: old ones are refused as soon as its cache is over, new ones"
            " accepted at once.",
            count,
        )
    ]
