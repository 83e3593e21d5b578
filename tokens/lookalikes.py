"""Names that look like others on the page where people decide (Unicode UTS 39 §4 and §5). Pure."""

import unicodedata
from collections.abc import Iterable

# What the tables don't have: they say which scripts can be taken for one another, and this is one alone.
ALIKE = str.maketrans("01|i", "olll")
SCRIPTS_OF_ONE_LANGUAGE = ({"HAN", "HIRAGANA", "KATAKANA"}, {"HAN", "BOPOMOFO"}, {"HAN", "HANGUL"})


def why_misleading(name: str, *, names_of_ours: Iterable[str]) -> str:
    """Why people could take this name for another one; empty when they can't."""
    if " ".join(unicodedata.normalize("NFKC", name).split()) != name:
        return "write it plainly: with single spaces, and with no character that stands for another."
    # Latin beside the script of a language is usual; two more scripts in a word are there to look like one.
    if any(_is_mixed(word) for word in name.split()):
        return "a word of it mixes letters of several scripts that look alike."
    if _skeleton(name) in {_skeleton(ours) for ours in names_of_ours}:
        return "one of our own applications is called that, or looks the same."
    return ""


def _is_mixed(word: str) -> bool:
    from confusable_homoglyphs import categories, confusables  # a megabyte of tables, for few

    scripts = set(categories.unique_aliases(word)) - {"COMMON", "INHERITED"}
    others = scripts - {"LATIN"}
    if any(others <= together for together in SCRIPTS_OF_ONE_LANGUAGE):
        return False
    return len(others) > 1 or (len(scripts) > 1 and bool(confusables.is_confusable(word, preferred_aliases=["latin"])))


def _skeleton(name: str) -> str:
    """The same for all names that look alike: each letter is the first of those that it can be taken for."""
    letters = "".join(map(_likeness, unicodedata.normalize("NFKD", name))).casefold().translate(ALIKE)
    return "".join(letter for letter in letters if letter.isalnum())


def _likeness(letter: str) -> str:
    from confusable_homoglyphs.confusables import confusables_data

    forms = {letter, letter.upper(), letter.lower()}
    alike = {*forms, *(each["c"] for form in forms for each in confusables_data.get(form, ()))}
    plain = sorted(each.casefold() for each in alike if len(each) == 1 and each.isascii() and each.isalnum())
    return plain[0] if plain else letter
