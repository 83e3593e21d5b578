"""Characters that can't be seen, among those that Python counts as printable. Pure.

Two names that differ only by such a character are one name on every page.
"""

import unicodedata

# Letters, marks and signs that show nothing: those of Unicode's Default_Ignorable_Code_Point that are assigned and no
# controls, the blank of Braille, a note without a head, and a filler of Khitan. The command line has the same
# (runai_identity_cli.terminal).
INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U00016fe4\U0001d159"
    + "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
)
_SELECTORS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))


def is_visible(text: str) -> bool:
    """Return True if each character of one line shows, or is a space."""
    if text.isascii():
        return text.isprintable()
    return text.isprintable() and all(
        one not in INVISIBLE or (one in _SELECTORS and _has_forms(before))
        for before, one in zip(" " + text, text, strict=False)
    )


def shows(text: str) -> bool:
    """Return True if a character of the text shows by itself: marks and blanks don't."""
    return any(unicodedata.category(one)[0] not in "MZC" and one not in INVISIBLE for one in text)


def _has_forms(character: str) -> bool:
    """Return True for a symbol or an ideograph, of which a variation selector chooses the form."""
    return unicodedata.category(character) == "So" or unicodedata.name(character, "").startswith("CJK ")
