"""CEL as an AuthenticationConfiguration has it: the variables, their types, and the functions that Kubernetes adds."""

import re
from typing import Any, Literal

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

Variable = Literal["claims", "user"]

TYPES = cel.Type
TEXT, NUMBER, TRUTH, ANY = TYPES.STRING, TYPES.INT, TYPES.BOOL, TYPES.DYN
TEXTS, LIST = TYPES.List(TYPES.STRING), TYPES.List(TYPES.DYN)
USER_FIELDS = {"username": TEXT, "uid": TEXT, "groups": TEXTS, "extra": TYPES.Map(TEXT, TEXTS)}

# The checker knows each field of a user by its type. has() needs something that has them, and goes by this name.
WHOLE_USER = "user__"

NOT_EVALUATED = "no function of this program"
# What the library bounds more narrowly than Kubernetes, and the functions that it has in another form.
BEYOND = re.compile(
    rf"recursion|budget|{NOT_EVALUATED}|'optional'|overload for '(?:indexOf|lastIndexOf)' applied to 'list"
)

# Kubernetes' own, which are checked here and not evaluated: how each is called, and what it gives.
MEMBERS: dict[str, list[tuple[list[Any], Any]]] = {
    "find": [([TEXT, TEXT], TEXT)],
    "findAll": [([TEXT, TEXT], TEXTS), ([TEXT, TEXT, NUMBER], TEXTS)],
    "isSorted": [([LIST], TRUTH)],
    **{name: [([LIST], ANY)] for name in ("min", "max")},
    **{name: [([LIST], LIST)] for name in ("sort", "distinct", "reverse")},
    "sum": [([TYPES.List(NUMBER)], NUMBER), ([TYPES.List(TYPES.DOUBLE)], TYPES.DOUBLE)],
    "slice": [([LIST, NUMBER, NUMBER], LIST)],
    "flatten": [([LIST], LIST), ([LIST, NUMBER], LIST)],
    # Of what the functions below give, which is a thing of its own there and anything at all here.
    **{
        name: [([ANY], TRUTH)]
        for name in (
            "isUnspecified",
            "isLoopback",
            "isGlobalUnicast",
            "isLinkLocalUnicast",
            "isLinkLocalMulticast",
            "isInteger",
        )
    },
    **{name: [([ANY, ANY], TRUTH)] for name in ("containsIP", "containsCIDR", "isGreaterThan", "isLessThan")},
    **{name: [([ANY], NUMBER)] for name in ("family", "prefixLength", "sign", "asInteger", "major", "minor", "patch")},
    **{name: [([ANY], TEXT)] for name in ("getScheme", "getHost", "getHostname", "getPort", "getEscapedPath")},
    **{name: [([ANY], ANY)] for name in ("ip", "masked", "getQuery", "asApproximateFloat")},
    **{name: [([ANY, ANY], ANY)] for name in ("add", "sub", "validate")},
    "compareTo": [([ANY, ANY], NUMBER)],
}
FUNCTIONS: dict[str, list[tuple[list[Any], Any]]] = {
    **{name: [([TEXT], TRUTH)] for name in ("isIP", "isCIDR", "isURL", "isQuantity", "ip.isCanonical")},
    **{name: [([TEXT], ANY)] for name in ("ip", "cidr", "url", "quantity", "format.named")},
    "semver": [([TEXT], ANY), ([TEXT, TRUTH], ANY)],
    "isSemver": [([TEXT], TRUTH), ([TEXT, TRUTH], TRUTH)],
    **{f"sets.{name}": [([LIST, LIST], TRUTH)] for name in ("contains", "equivalent", "intersects")},
    "lists.range": [([NUMBER], TYPES.List(NUMBER))],
}
NOT_THERE = re.compile(r'Key not found in map : "(.+)"')


# Of macros with two variables and of formats by their own names the library knows nothing.
UNKNOWN = re.compile(r"undeclared reference to '(?:transform\w+|format|all|exists|existsOne)'")
OF_TWO = re.compile(r"\.(?:all|exists|existsOne|transform\w+)\(\s*\w+\s*,\s*\w+\s*,|\bformat\.")


class InvalidExpression(Exception):
    """kube-apiserver does not start with the expression."""


class NotJudged(Exception):
    """The expression can't be judged here."""


class Failed(Exception):
    """The expression ends in an error, which refuses the token."""


def check(expression: str, variable: Variable) -> str:
    """Return the type of what it gives, such as BOOL; InvalidExpression with the checker's words."""
    try:
        return str(CHECKED[variable].compile(expression).return_type())
    except RuntimeError as error:
        said = str(error)
        if BEYOND.search(said):
            raise NotJudged("it is nested deeper than is judged here") from None
        if UNKNOWN.search(said) and OF_TWO.search(expression):
            raise NotJudged("it uses a macro or a format that is not known here") from None
        raise InvalidExpression(_in_words(said)) from None


def evaluate(expression: str, values: dict[str, Any]) -> Any:
    """Return what it gives, where these are the variables: text, number, truth, None, or lists and maps of them."""
    try:
        answer = EVALUATED.compile(expression).eval(data=values)
        value, is_error = answer.plain_value(), answer.type() == TYPES.ERROR
    except TypeError:
        raise Failed("it gives a value that no name can be made of") from None
    except RuntimeError as error:
        value, is_error = str(error), True
    if not is_error:
        return value
    if BEYOND.search(str(value)):
        raise NotJudged("it uses a function of Kubernetes that is not evaluated here, or takes too long")
    raise Failed(_failure(str(value)))


def _failure(said: str) -> str:
    """Return the library's words without its kind of error, and of a claim or field that is not there its name."""
    text = said.partition(": ")[2] or said
    missing = NOT_THERE.match(text)
    return f"it reads {missing[1]}, which is not there" if missing else text


def _in_words(said: str) -> str:
    """Say what the first error is, without its place and the list of what else could stand there."""
    text = re.search(r"ERROR: [^ ]+ (.*?)(?: expecting \{.*)?$", said, re.MULTILINE)
    return text[1].removesuffix(" (in container '')") if text else said.partition("\n")[0]


def _refuse(*_: Any) -> Any:
    raise ValueError(NOT_EVALUATED)


def _declared(*, is_run: bool) -> list[Any]:
    """To the program a list is a list, whatever is in it: of two forms that differ in that alone it has one."""
    found: dict[str, dict[str, Any]] = {}
    for functions, is_member in ((MEMBERS, True), (FUNCTIONS, False)):
        for name, forms in functions.items():
            for number, (takes, gives) in enumerate(forms):
                id = f"kubernetes_{name}_{is_member}_{len(takes) if is_run else number}".replace(".", "_")
                found.setdefault(name, {}).setdefault(id, cel.Overload(id, gives, takes, is_member, _refuse))
    return [cel.FunctionDecl(name, list(overloads.values())) for name, overloads in found.items()]


def _environment(variables: dict[str, Any], *, is_run: bool = False) -> Any:
    # The version of the strings that Kubernetes has; a later one would know functions that it doesn't.
    extensions = [ext_strings.ExtStrings(2), ext_optional.ExtOptional()]
    return cel.NewEnv(variables=variables, extensions=extensions, functions=_declared(is_run=is_run))


OBJECT = TYPES.Map(TEXT, TYPES.DYN)
CHECKED: dict[Variable, Any] = {
    "claims": _environment({"claims": TYPES.Map(TEXT, TYPES("google.protobuf.Any"))}),
    "user": _environment(
        {"user": OBJECT, WHOLE_USER: OBJECT, **{f"user.{name}": type for name, type in USER_FIELDS.items()}}
    ),
}
# To the checker a claim is a box, which has to be opened by dyn(); to the program it is what is in it.
EVALUATED = _environment({"claims": OBJECT, "user": OBJECT}, is_run=True)
