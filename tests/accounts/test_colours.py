"""Whatever colour somebody types, text and links can be read: 4.5:1 by WCAG 2.2, in both schemes."""

import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.colours import DARK, LIGHT, accents, contrast, is_colour, stylesheet

TOKENS = (Path(__file__).parents[2] / "static/css/tokens.css").read_text()
LEAST = 4.5
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
CORNERS = ["#" + "".join(parts) for parts in product(("00", "80", "ff"), repeat=3)]


def tokens_of(sheet: str) -> list[dict[str, str]]:
    """The tokens of the light and of the dark scheme in a stylesheet."""
    light, _, dark = sheet.partition("@media")
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part)) for part in (light, dark)]


def unreadable(colour: str) -> list[tuple[str, str]]:
    """What is on a page that has these tokens and can't be read: text and the ground that it is on."""
    found = []
    for usual, changed in zip(tokens_of(TOKENS), tokens_of(stylesheet(colour)), strict=True):
        page = usual | changed
        grounds = ("ground", "surface", "sunken", "hover", "told-ground", "accent-ground")
        pairs = [(text, ground) for text in ("accent", "text") for ground in grounds] + [("accent-text", "accent-fill")]
        found += [pair for pair in pairs if contrast(page[pair[0]], page[pair[1]]) < LEAST]
    return found


@given(colour=COLOURS)
@settings(max_examples=300, deadline=None)
def test_every_colour_can_be_read(colour: str) -> None:
    assert unreadable(colour) == []


@pytest.mark.parametrize("colour", [*CORNERS, "#767676", "#777777", "#3b5bdb", "#ffd400", "#001f3f"])
def test_so_can_those_at_the_edges(colour: str) -> None:
    assert unreadable(colour) == []


@given(colour=COLOURS)
@settings(max_examples=100, deadline=None)
def test_buttons_have_the_very_colour_and_links_too_where_they_can(colour: str) -> None:
    for accent in accents(colour):
        assert accent.fill == colour
        assert accent.is_adjusted == (accent.contrast_of_colour < LEAST)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


def test_the_schemes_are_those_of_the_pages() -> None:
    for scheme, tokens in zip((LIGHT, DARK), tokens_of(TOKENS), strict=True):
        assert (scheme.surface, *scheme.grounds) == (tokens["surface"], tokens["ground"], tokens["sunken"])


def test_a_stylesheet_sets_tokens_that_pages_have() -> None:
    assert {name for part in tokens_of(stylesheet("#e8590c")) for name in part} <= set(
        re.findall(r"--([a-z-]+):", TOKENS)
    )


BAD = ["", "#", "red", "3b5bdb", "#3b5", "#3b5bdbff", "#3b5bdg", "#3b5bdb ", "#3b5bdb\n", "#\uff13b5bdb", "rgb(1,2,3)"]


@pytest.mark.parametrize(
    "text", [*BAD, "#3b5bdb;}", "#3b5bdb}body{display:none}", "#\u0663b5bdb", "var(--x)", "url(//x)"]
)
def test_nothing_else_is_a_colour(text: str) -> None:
    assert not is_colour(text)


@pytest.mark.parametrize("text", ["#3b5bdb", "#3B5BDB", "#000000", "#FFffFF"])
def test_six_digits_are(text: str) -> None:
    assert is_colour(text)
