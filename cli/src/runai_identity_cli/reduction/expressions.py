"""An expression in CEL: the same to a checker, without the names and texts in it that the server does not know.

The server knows the words of CEL and of Kubernetes, the claims that its tokens have, and what stands in one's own
token. Of anything else a word is sent that says nothing, the same for the same.
"""

from __future__ import annotations

import re

from runai_identity_cli.reduction.values import WITHHELD, Redactions
from runai_identity_cli.reduction.vocabulary import NAMES, TEXTS

LONGEST = 4_000
LONGEST_NUMBER = 24

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)"""
    r"""|(?P<text>[rRbB]{0,2}(?:\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))"""
    r"""|(?P<number>0x[0-9a-fA-F]+u?|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?u?|\.\d+(?:[eE][-+]?\d+)?)"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<mark>&&|\|\||==|!=|<=|>=|\.\?|\[\?|.)""",
    re.DOTALL,
)
QUOTED = re.compile(r"""([rRbB]{0,2})("{3}|'{3}|"|')(.*)\2""", re.DOTALL)
DURATION = re.compile(r"(?:[0-9]{1,4}(?:ms|s|m|h)){1,4}")
MARKS = frozenset(("&&", "||", "==", "!=", "<=", ">=", ".?", "[?", *"-+*/%!<>?:.,()[]{}=&|`"))


def reduced(text: str, withheld: Redactions) -> str:
    """In one line. What is no word of CEL becomes a mark that none has."""
    if len(text) > LONGEST:
        return WITHHELD
    tokens = ((found.lastgroup, found[0]) for found in TOKEN.finditer(text))
    return "".join(_sent(kind, word, withheld) for kind, word in tokens).strip() or text[:1]


def _sent(kind: str | None, word: str, withheld: Redactions) -> str:
    if kind == "space":
        return " "
    if kind == "text":
        return _text(word, withheld)
    if kind == "name":
        return word if word in NAMES else withheld.word(word, joined="_")
    is_number = kind == "number" and len(word) <= LONGEST_NUMBER
    return word if is_number or word in MARKS else WITHHELD


def _text(word: str, withheld: Redactions) -> str:
    found = QUOTED.fullmatch(word)
    if found is None:
        return WITHHELD
    form, quote, text = found.groups()
    return word if text in TEXTS or DURATION.fullmatch(text) else f"{form}{quote}{withheld.known(text)}{quote}"
