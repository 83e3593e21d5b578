"""What a stranger's message costs before it is refused: in proportion to its size, whatever it is made of."""

import time
from collections.abc import Callable
from itertools import combinations

import pytest

from tests.sso import alone
from tests.sso.growing import INSIDE, PARTS, SIZES, changed, made_up, response, secret

ENVELOPES = {"made up": made_up, "changed": changed, "encrypted": secret}
# Four times the size may cost four times the work, and half as much again for what a measurement is worth.
GROWTH = 6.0
LEAST = 0.010


def cost(message: bytes) -> float:
    """Seconds of CPU until it is refused, at best."""
    took = []
    for _ in range(3):
        began = time.process_time()
        code, _ = alone.judged(message)
        took.append(time.process_time() - began)
        assert code in ("bad_message", "bad_signature", "bad_encryption", "bad_assertion", "provider_failed")
    return min(took)


def grows_in_proportion(build: Callable[[int], bytes]) -> None:
    small, large = (cost(build(size)) for size in SIZES)

    assert large < max(small, LEAST) * GROWTH, f"{small:.3f} s, and {large:.3f} s for four times as much"
    assert large < 0.25


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("way", INSIDE)
def test_c1_the_work_grows_with_the_size(way: str, envelope: str) -> None:
    grows_in_proportion(lambda size: ENVELOPES[envelope](INSIDE[way](size, "")))


def test_c1_what_is_encrypted_is_decrypted_before_it_is_refused() -> None:
    """Or the costs above would be those of something else."""
    assert alone.judged(secret("<x/>"))[0] == "bad_signature"


@pytest.mark.parametrize("way", PARTS)
def test_c1_the_work_grows_with_the_size_of(way: str) -> None:
    grows_in_proportion(lambda size: response(PARTS[way](size)))


@pytest.mark.slow
@pytest.mark.parametrize(("one", "other"), list(combinations(INSIDE, 2)))
def test_c1_the_work_grows_with_the_size_of_two_things_together(one: str, other: str) -> None:
    """Either inside the other: what is looked through again and again, and what does so."""
    for outer, inner in ((one, other), (other, one)):
        for build in (made_up, changed):
            grows_in_proportion(lambda size: build(INSIDE[outer](size // 2, INSIDE[inner](size // 2, ""))))  # noqa: B023
