"""Would kube-apiserver start with an expression? What its checker says, and what that of the library leaves out."""

import re
from itertools import pairwise

from clustersync.doctor.cel.environment import (
    USER_FIELDS,
    WHOLE_USER,
    Failed,
    Invalid,
    NotJudged,
    Variable,
    check,
    evaluate,
)
from clustersync.doctor.cel.tokens import Token, literals, tokens, type_of, words

# Whose argument Kubernetes tries when it is a plain text, and how.
TRIED = {"matches": "''.matches({})", "duration": "duration({})", "timestamp": "timestamp({})"}
# In place of a text that the command line did not send.
WITHHELD = re.compile(r"withheld-\d")
DOTS = (".", ".?")


def check_expression(expression: str, variable: Variable, *, is_rule: bool) -> None:
    """Invalid for what keeps kube-apiserver from starting, NotJudged for what can't be told here.

    A rule gives a boolean. What a name is made of may be anything until there is a token.
    """
    found = words(expression)
    _check_syntax(found)
    _check_one_type(found)
    if variable == "user":
        _check_fields(found)
    gives = check(_with_whole_user(expression) if variable == "user" else expression, variable)
    _check_arguments(found)
    if is_rule and gives != "BOOL":
        raise Invalid("it must evaluate to a boolean, and a claim by itself is none: compare it with true")


def _check_syntax(found: list[Token]) -> None:
    if any(token.text == "`" for token in found):
        raise Invalid("a name in backticks is not supported")
    called = {first.text for first, second in pairwise(found) if second.text == "("}
    if "format" in called:
        raise NotJudged("it uses format(), whose argument Kubernetes checks more closely")


def _check_one_type(found: list[Token]) -> None:
    for values in literals(found):
        types = list(dict.fromkeys(map(type_of, values)))
        if len(types) > 1:
            raise Invalid(f"a list or map has values of one type: {types[0]} is followed by {types[1]}")


def _check_arguments(found: list[Token]) -> None:
    for name, bracket, argument, end in zip(found, found[1:], found[2:], found[3:], strict=False):
        if name.text in TRIED and (bracket.text, argument.kind, end.text) == ("(", "text", ")"):
            if WITHHELD.search(argument.text):
                raise NotJudged("a text in it was not sent")
            try:
                evaluate(TRIED[name.text].format(argument.text), {})
            except Failed as failure:
                raise Invalid(f"invalid argument of {name.text}: {failure}") from None


def _check_fields(found: list[Token]) -> None:
    """A user has four fields, and nothing else can be done with it as a whole."""
    for at, token in enumerate(found):
        before = found[at - 1].text if at else ""
        if token.text != "user" or token.kind != "name" or before in DOTS:
            continue
        after = [one.text for one in found[at + 1 : at + 3]]
        if after[:1] == ["["]:
            raise Invalid("a user is no map: its fields are read as user.groups")
        if len(after) < 2 or after[0] not in DOTS:
            if before != "in" and after[:1] != [","]:
                raise NotJudged("it uses the user as a whole")
            raise Invalid("a user is no list or map") if before == "in" else NotJudged("it has a variable named user")
        if after[1] not in USER_FIELDS:
            raise Invalid(f"undefined field '{after[1]}': a user has {', '.join(USER_FIELDS)}")


def _with_whole_user(expression: str) -> str:
    """has(user.groups) asks the user, where user.groups is its field."""
    found = tokens(expression)
    at = [index for index, token in enumerate(found) if token.kind != "space"]
    for first, second, third in zip(at, at[1:], at[2:], strict=False):
        if [found[index].text for index in (first, second, third)] == ["has", "(", "user"]:
            found[third] = Token("name", WHOLE_USER)
    return "".join(token.text for token in found)
