"""Would kube-apiserver start with an expression? What its checker says, and what that of the library leaves out."""

import re
from itertools import pairwise

from clustersync.doctor.cel.environment import (
    USER_FIELDS,
    WHOLE_USER,
    Failed,
    InvalidExpression,
    NotJudged,
    Variable,
    check,
    evaluate,
)
from clustersync.doctor.cel.lexer import Lexeme, literals, tokens, type_of, words

# Whose argument Kubernetes tries when it is a plain text, and how.
TRIED = {"matches": "''.matches({})", "duration": "duration({})", "timestamp": "timestamp({})"}
# In place of a text that the command line did not send.
WITHHELD = re.compile(r"withheld-\d")
# What the checker calls the types that are no list and no map; it has no name for that of a claim.
TYPES = {name: name.lower() for name in ("STRING", "INT", "UINT", "DOUBLE", "BOOL", "BYTES", "DYN")} | {
    "ERROR": "a claim"
}
DOTS = (".", ".?")


def check_expression(expression: str, variable: Variable, *, is_rule: bool) -> None:
    """InvalidExpression for what keeps kube-apiserver from starting, NotJudged for what can't be told here.

    A rule gives a boolean. What a name is made of may be anything until there is a token.
    """
    found = words(expression)
    _check_syntax(found)
    _check_one_type(found, variable)
    if variable == "user":
        _check_fields(found)
    gives = check(_with_whole_user(expression) if variable == "user" else expression, variable)
    _check_arguments(found)
    if is_rule and gives != "BOOL":
        raise InvalidExpression("it must evaluate to a boolean, and a claim by itself is none: compare it with true")


def _check_syntax(found: list[Lexeme]) -> None:
    if any(token.text == "`" for token in found):
        raise InvalidExpression("a name in backticks is not supported")
    if any(token.text == "BoolValue" for token in found):
        raise NotJudged("it has a boolean in a box")
    called = {first.text for first, second in pairwise(found) if second.text == "("}
    if "format" in called:
        raise NotJudged("it uses format(), whose argument Kubernetes checks more closely")


def _check_one_type(found: list[Lexeme], variable: Variable) -> None:
    for values in literals(found):
        types = list(dict.fromkeys(type for value in values if (type := _type(value, variable))))
        if len(types) > 1:
            raise InvalidExpression(f"a list or map has values of one type: {types[0]} is followed by {types[1]}")


def _type(value: list[Lexeme], variable: Variable) -> str:
    """Return the type of a value that is no list or map, without variables of macros; "" where that can't be told."""
    if len(value) < 2:
        return type_of(value[0]) if value else ""
    try:
        gives = check(" ".join(token.text for token in value), variable)
    except (InvalidExpression, NotJudged):
        return ""
    return TYPES.get(gives, "")


def _check_arguments(found: list[Lexeme]) -> None:
    for name, bracket, argument, end in zip(found, found[1:], found[2:], found[3:], strict=False):
        if name.text in TRIED and (bracket.text, argument.kind, end.text) == ("(", "text", ")"):
            if WITHHELD.search(argument.text):
                raise NotJudged("a text in it was not sent")
            try:
                evaluate(TRIED[name.text].format(argument.text), {})
            except Failed as failure:
                raise InvalidExpression(f"invalid argument of {name.text}: {failure}") from None


def _check_fields(found: list[Lexeme]) -> None:
    """Refuse other fields of a user than its four, and any use of it as a whole."""
    for at, token in enumerate(found):
        before = found[at - 1].text if at else ""
        if token.text != "user" or token.kind != "name" or before in DOTS:
            continue
        after = [one.text for one in found[at + 1 : at + 3]]
        if after[:1] == ["["]:
            raise InvalidExpression("a user is no map: its fields are read as user.groups")
        if len(after) < 2 or after[0] not in DOTS:
            if before != "in" and after[:1] != [","]:
                raise NotJudged("it uses the user as a whole")
            raise (
                InvalidExpression("a user is no list or map")
                if before == "in"
                else NotJudged("it has a variable named user")
            )
        if after[1] not in USER_FIELDS:
            raise InvalidExpression(f"undefined field '{after[1]}': a user has {', '.join(USER_FIELDS)}")


def _with_whole_user(expression: str) -> str:
    """has(user.groups) asks the user, where user.groups is its field."""
    found = tokens(expression)
    at = [index for index, token in enumerate(found) if token.kind != "space"]
    for first, second, third in zip(at, at[1:], at[2:], strict=False):
        if [found[index].text for index in (first, second, third)] == ["has", "(", "user"]:
            found[third] = Lexeme("name", WHOLE_USER)
    return "".join(token.text for token in found)
