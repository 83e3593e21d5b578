"""As much of CEL as tells an expression that kube-apiserver compiles from most that it doesn't. No evaluation."""

import re
from collections.abc import Iterator
from itertools import pairwise

RESERVED = frozenset(
    {
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "namespace",
        "package",
        "return",
        "var",
        "void",
        "while",
    }
)
# Of the standard library and of what Kubernetes adds; each is there since 1.29 or longer.
FUNCTIONS = frozenset(
    {
        "dyn",
        "has",
        "size",
        "string",
        "int",
        "bool",
        "startsWith",
        "endsWith",
        "contains",
        "matches",
        "all",
        "exists",
        "exists_one",
        "filter",
        "map",
        "split",
        "join",
        "replace",
        "lowerAscii",
        "upperAscii",
        "trim",
        "orValue",
        "optMap",
        "hasValue",
        "value",
    }
)
MACROS = frozenset({"all", "exists", "exists_one", "filter", "map", "optMap"})
TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)"""
    r"""|(?P<mark>&&|\|\||==|!=|<=|>=|\.\?|[-+*/%!<>?:.,()\[\]{}]))"""
)
PAIRS = {")": "(", "]": "[", "}": "{"}
USER_FIELDS = frozenset({"username", "uid", "groups", "extra"})
BOOLEAN = re.compile(r"&&|\|\||==|!=|^!|\b(?:startsWith|endsWith|contains|matches|all|exists|has)\(")


def problems_of(expression: str, *, variable: str, gives: str = "") -> list[str]:
    tokens = list(_tokens(expression))
    if any(kind == "wrong" for kind, _ in tokens):
        return ["it can't be read"]
    found = [*_unbalanced(tokens), *_names(tokens, variable), *_dangling(tokens)]
    if gives == "bool" and not BOOLEAN.search(expression):
        found.append("it gives no boolean")
    return found


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    rest = expression.rstrip()
    at = 0
    while at < len(rest):
        found = TOKEN.match(rest, at)
        if found is None or found.lastgroup is None:
            yield "wrong", rest[at:]
            return
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


def _unbalanced(tokens: list[tuple[str, str]]) -> Iterator[str]:
    opened: list[str] = []
    for kind, text in tokens:
        if kind != "mark":
            continue
        if text in PAIRS.values():
            opened.append(text)
        elif text in PAIRS and (not opened or opened.pop() != PAIRS[text]):
            yield "brackets don't match"
            return
    if opened:
        yield "a bracket isn't closed"


def _names(tokens: list[tuple[str, str]], variable: str) -> Iterator[str]:
    bound = {variable, "true", "false", "null", "in"} | _bound_by_macros(tokens)
    for at, (kind, text) in enumerate(tokens):
        if kind != "name":
            continue
        before = tokens[at - 1][1] if at else ""
        called = at + 1 < len(tokens) and tokens[at + 1][1] == "("
        if text in RESERVED and before not in (".", ".?"):
            yield f"{text} is reserved"
        elif called and text not in FUNCTIONS:
            yield f"there is no function {text}"
        elif not called and before not in (".", ".?") and text not in bound:
            yield f"{text} is not declared"
        elif variable == "user" and before == "." and tokens[at - 2][1] == "user" and text not in USER_FIELDS:
            yield f"user has no {text}"


def _bound_by_macros(tokens: list[tuple[str, str]]) -> set[str]:
    """The x of list.all(x, …)."""
    pairs = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return {
        third[1] for first, second, third in pairs if first[1] in MACROS and second[1] == "(" and third[0] == "name"
    }


def _dangling(tokens: list[tuple[str, str]]) -> Iterator[str]:
    """Two values without a mark between them, or a mark that waits for one."""
    values = ("text", "number", "name")
    for (first, left), (second, right) in pairwise(tokens):
        if first in values and second in values and "in" not in (left, right):
            yield f"{left} {right} stand side by side"
    if tokens and tokens[-1][0] == "mark" and tokens[-1][1] not in PAIRS:
        yield "it ends too early"
