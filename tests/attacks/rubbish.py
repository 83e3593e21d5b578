"""Strategies of Hypothesis for rubbish: a right value with something in it changed, and values out of nothing."""

from typing import Any

from hypothesis import strategies as some

ODD_TEXTS = (
    "",
    "4000000000",
    " ",
    "\x00",
    "\ud800",
    "é",
    "\u202e",
    "a" * 5000,
    "null",
    "-1",
    "1e400",
    "[",
    "https://[",
    "\r\nx: y",
    "%00",
)
ODD_NUMBERS = (0, -1, 2**31, 2**63, 10**400, 1.5, float("inf"), float("-inf"), float("nan"))
scalars = some.one_of(
    some.none(), some.booleans(), some.sampled_from(ODD_NUMBERS), some.sampled_from(ODD_TEXTS), some.text(max_size=20)
)
values = some.recursive(
    scalars,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@some.composite
def changed(draw: some.DrawFn, seed: Any) -> Any:
    """The JSON value `seed` with one value in it, however deep, replaced or left out."""
    if not isinstance(seed, dict | list) or not seed or draw(some.integers(0, 9)) == 0:
        return draw(values)
    names: list[Any] = sorted(seed) if isinstance(seed, dict) else list(range(len(seed)))
    name = draw(some.sampled_from(names))
    copy: Any = seed.copy()
    if draw(some.integers(0, 9)) == 0:
        del copy[name]
    else:
        copy[name] = draw(changed(copy[name]))
    return copy


@some.composite
def edited(draw: some.DrawFn, seed: bytes) -> bytes:
    """`seed` with a few bytes changed, a piece cut out, or a piece repeated."""
    data = bytearray(seed)
    for _ in range(draw(some.integers(1, 4))):
        at = draw(some.integers(0, max(0, len(data) - 1)))
        match draw(some.integers(0, 4)):
            case 0:
                del data[at : at + draw(some.integers(1, 50))]
            case 1:
                data[at:at] = data[at : at + draw(some.integers(1, 50))]
            case _:
                data[at : at + 1] = bytes([draw(some.integers(0, 255))])
    return bytes(data)


def edited_text(seed: str) -> some.SearchStrategy[str]:
    return edited(seed.encode()).map(lambda data: data.decode("utf-8", "replace"))
