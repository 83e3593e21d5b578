"""Names that look like others on the page where people decide (Unicode UTS 39 §4 and §5). Pure."""

import unicodedata
from collections.abc import Iterable

# What the tables don't have: they say which scripts can be taken for one another, and this is one alone.
ALIKE = str.maketrans("01|i", "olll")
PAIRS_ALIKE = (("rn", "m"), ("vv", "w"), ("cl", "d"))
# Names of programs that people let in, though no application of ours is called that.
KNOWN = ("kubectl",)
# Shorter ones stand in names of every kind: cli in AWS CLI, runai in "run all".
SHORTEST_INSIDE = 7
SCRIPTS_OF_ONE_LANGUAGE = ({"HAN", "HIRAGANA", "KATAKANA"}, {"HAN", "BOPOMOFO"}, {"HAN", "HANGUL"})


def why_misleading(name: str, *, names_of_ours: Iterable[str]) -> str:
    """Return why people could take this name for another one; empty when they can't."""
    if " ".join(unicodedata.normalize("NFKC", name).split()) != name:
        return "write it plainly: with single spaces, and with no character that stands for another."
    # Latin beside the script of a language is usual; two more scripts in a word are there to look like one.
    if any(_is_mixed(word) for word in name.split()):
        return "a word of it mixes letters of several scripts that look alike."
    if any(_reads_like(name, _skeleton(ours)) for ours in (*KNOWN, *names_of_ours)):
        return "the name of one of our own applications stands in it, or something that looks the same."
    return ""


def _reads_like(name: str, ours: str) -> bool:
    """Return True if the name, or a part of it that says enough, looks like this skeleton of one of ours."""
    return ours in _skeleton(name) if len(ours) >= SHORTEST_INSIDE else ours == _skeleton(name)


def _is_mixed(word: str) -> bool:
    from confusable_homoglyphs import categories, confusables  # a megabyte of tables, for few

    scripts = set(categories.unique_aliases(word)) - {"COMMON", "INHERITED"}
    others = scripts - {"LATIN"}
    if any(others <= together for together in SCRIPTS_OF_ONE_LANGUAGE):
        return False
    return len(others) > 1 or (len(scripts) > 1 and bool(confusables.is_confusable(word, preferred_aliases=["latin"])))


def _skeleton(name: str) -> str:
    """Return the same text for all names that look alike.

    Each letter is the first of those that it can be taken for.
    """
    letters = "".join(map(_likeness, unicodedata.normalize("NFKD", name))).casefold().translate(ALIKE)
    plain = "".join(letter for letter in letters if letter.isalnum())
    for pair, letter in PAIRS_ALIKE:
        plain = plain.replace(pair, letter)
    return plain


def _likeness(letter: str) -> str:
    from confusable_homoglyphs.confusables import confusables_data

    forms = {letter, letter.upper(), letter.lower()}
    known = (each["c"] for form in forms for each in confusables_data.get(form, ()))
    # A letter with a hook or a stroke is, in the tables, the letter and a mark.
    alike = {*forms, *("".join(each for each in chars if not unicodedata.combining(each)) for chars in known)}
    plain = sorted(each.casefold() for each in alike if len(each) == 1 and each.isascii() and each.isalnum())
    return plain[0] if plain else letter
