"""Derive the accents of pages from one colour, readable in the light and in the dark scheme. Pure.

Contrast is that of WCAG 2.2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio); 4.5:1 is what level AA asks of text.
"""

import colorsys
import re
from functools import lru_cache
from typing import NamedTuple

LEAST_CONTRAST = 4.5
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
WHITE, BLACK = "#ffffff", "#000000"

RGB = tuple[float, float, float]  # each 0 to 1


class Scheme(NamedTuple):
    """A colour scheme as tokens.css has it: its surface, and the grounds beside it on which links stand."""

    name: str
    surface: str
    grounds: tuple[str, ...]
    towards: str  # where an accent goes that is not readable


LIGHT = Scheme("light", "#ffffff", ("#f6f7f9", "#eef0f4"), BLACK)
DARK = Scheme("dark", "#1d2128", ("#14171c", "#262b34"), WHITE)


class Accent(NamedTuple):
    """The accent in one scheme. `fill` is the colour itself, for buttons; `link` is for text, outlines and borders."""

    scheme: Scheme
    fill: str
    on_fill: str
    link: str
    tints: tuple[str, str, str]  # what is pointed at, told and chosen

    @property
    def is_adjusted(self) -> bool:
        return self.link != self.fill

    @property
    def contrast_of_colour(self) -> float:
        """Return the contrast that the colour itself would have as a link, where it has least."""
        return _least_contrast(self.fill, self.scheme)

    @property
    def contrast_of_link(self) -> float:
        return _least_contrast(self.link, self.scheme)

    @property
    def contrast_on_fill(self) -> float:
        return contrast(self.fill, self.on_fill)


def is_colour(text: str) -> bool:
    """Return True for #rrggbb, in hexadecimal digits."""
    return COLOUR.fullmatch(text) is not None


def accents(colour: str) -> tuple[Accent, Accent]:
    """Return the accents in the light and the dark scheme; `colour` is #rrggbb."""
    return accent(colour, LIGHT), accent(colour, DARK)


def accent(colour: str, scheme: Scheme) -> Accent:
    """Return the accent in a scheme; every colour has one, since black and white are readable on every ground."""
    # One of both has 4.58:1 on any colour.
    on_fill = WHITE if contrast(colour, WHITE) >= LEAST_CONTRAST else BLACK
    link = _readable(colour, scheme)
    return Accent(scheme, colour, on_fill, link, _tints(link, scheme))


@lru_cache(maxsize=8)
def stylesheet(colour: str) -> str:
    """Return the tokens that this accent replaces, for a page that has read tokens.css."""
    light, dark = (_tokens(one) for one in accents(colour))
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _tokens(accent: Accent) -> str:
    hover, told, chosen = accent.tints
    tokens = {
        "accent": accent.link,
        "accent-fill": accent.fill,
        "accent-text": accent.on_fill,
        "accent-ground": chosen,
        "hover": hover,
        "told-ground": told,
    }
    return " ".join(f"--{name}: {value};" for name, value in tokens.items())


def _readable(colour: str, scheme: Scheme) -> str:
    """Return the colour, or the nearest of its hue that is readable as a link on every ground of the scheme."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    end = 0.0 if scheme.towards == BLACK else 1.0
    for step in range(101):
        changed = lightness + (end - lightness) * step / 100
        link = _hex(colorsys.hls_to_rgb(hue, changed, saturation)) if step else colour
        if _least_contrast(link, scheme) >= LEAST_CONTRAST:
            return link
    return scheme.towards


def _least_contrast(link: str, scheme: Scheme) -> float:
    grounds = (scheme.surface, *scheme.grounds, *_tints(link, scheme))
    return min(contrast(link, ground) for ground in grounds)


def _tints(link: str, scheme: Scheme) -> tuple[str, str, str]:
    return _mixed(link, scheme.surface, 0.05), _mixed(link, scheme.surface, 0.08), _mixed(link, scheme.surface, 0.12)


def _mixed(one: str, other: str, share: float) -> str:
    a, b = _rgb(one), _rgb(other)
    return _hex((_between(a[0], b[0], share), _between(a[1], b[1], share), _between(a[2], b[2], share)))


def _between(one: float, other: float, share: float) -> float:
    return one * share + other * (1 - share)


def _luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1 (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: str) -> RGB:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def _hex(rgb: RGB) -> str:
    return "#" + bytes(round(min(max(part, 0), 1) * 255) for part in rgb).hex()
