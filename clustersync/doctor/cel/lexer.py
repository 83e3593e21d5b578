"""The words of an expression, for what the checker of the library does not look at and Kubernetes' does."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)"""
    r"""|(?P<text>[rRbB]{0,2}(?:\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}(?:[^\\]|\\.)*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))"""
    r"""|(?P<number>0x[0-9a-fA-F]+u?|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?u?|\.\d+(?:[eE][-+]?\d+)?)"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<mark>&&|\|\||==|!=|<=|>=|\.\?|\[\?|.)""",
    re.DOTALL,
)


class Lexeme(NamedTuple):
    """`kind` is text, number, name, mark or space."""

    kind: str
    text: str


def tokens(expression: str) -> list[Lexeme]:
    """Put together again they are the expression."""
    return [Lexeme(found.lastgroup or "", found[0]) for found in TOKEN.finditer(expression)]


def words(expression: str) -> list[Lexeme]:
    """Without blanks and comments."""
    return [token for token in tokens(expression) if token.kind != "space"]


def reads(expression: str, claim: str) -> bool:
    """Return whether it names the claim as claims.email, which is what Kubernetes looks at."""
    texts = [token.text for token in words(expression)]
    dotted = zip(texts, texts[1:], texts[2:], strict=False)
    return any(first == "claims" and dot in (".", ".?") and name == claim for first, dot, name in dotted)


def literals(found: Sequence[Lexeme]) -> Iterator[list[list[Lexeme]]]:
    """Yield the values of each list, and the keys and values of each map, which must be of one type."""
    for at, token in enumerate(found):
        if token.text == "[" and not _is_index(found, at):
            yield _elements(found, at)
        elif token.text == "{":
            pairs = [pair for pair in _elements(found, at) if pair[1:2] == [Lexeme("mark", ":")]]
            yield [pair[:1] for pair in pairs]
            yield [pair[2:] for pair in pairs]


def type_of(token: Lexeme) -> str:
    if token.kind == "text":
        return "bytes" if "b" in token.text[:2].lower().partition(token.text.lstrip("rRbB")[0])[0] else "string"
    if token.kind == "number":
        return "uint" if token.text.endswith("u") else "double" if re.search(r"[.eE]", token.text) else "int"
    return "bool" if token.text in ("true", "false") else ""


def _is_index(found: Sequence[Lexeme], at: int) -> bool:
    before = found[at - 1] if at else Lexeme("mark", "(")
    return (before.kind in ("name", "text") and before.text != "in") or before.text in (")", "]", "}")


def _elements(found: Sequence[Lexeme], opened_at: int) -> list[list[Lexeme]]:
    """Return what stands between the commas of a bracket, up to where it is closed."""
    elements: list[list[Lexeme]] = [[]]
    depth = 0
    for token in found[opened_at + 1 :]:
        if token.text in ("(", "[", "{", "[?"):
            depth += 1
        elif token.text in (")", "]", "}"):
            if depth == 0:
                break
            depth -= 1
        elif token.text == "," and depth == 0:
            elements.append([])
            continue
        elements[-1].append(token)
    return elements
