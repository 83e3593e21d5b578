"""The process in which expressions are checked and evaluated. It reads one question and writes one answer, in JSON."""

import json
import resource
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from clustersync.doctor.cel.asking import ExpressionVerdict, Question, SampleToken
from clustersync.doctor.cel.checking import WITHHELD, check_expression
from clustersync.doctor.cel.environment import Failed, InvalidExpression, NotJudged, Variable, evaluate
from clustersync.doctor.cel.lexer import words

MEGABYTE = 1024 * 1024
MEMORY, SECONDS = 256 * MEGABYTE, 2
COMPARING = frozenset(
    ("has", "all", "exists", "exists_one", "filter", "dyn", "startsWith", "endsWith", "contains", "orValue", "in")
)
ORDERING = {"<", ">", "<=", ">=", "+"}
CREDENTIAL_KEY = "authentication.kubernetes.io/credential-id"

NO_TEXT = "it must give a text"
FINE = ExpressionVerdict("fine")


def serve() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin)
    questions = [Question(**one) for one in asked["questions"]]
    tokens = [SampleToken(**one) for one in asked["tokens"]] or [SampleToken(None)]
    json.dump([IssuerExpressions(questions, token).answer() for token in tokens], sys.stdout)


class IssuerExpressions:
    """The questions about one issuer, in the order in which kube-apiserver asks them: names, claims, then the user."""

    def __init__(self, questions: list[Question], token: SampleToken) -> None:
        self.questions, self.token = questions, token
        self.claims = claims = token.claims
        self.user: dict[str, Any] = {"extra": {}}
        self.is_known = claims is not None
        if claims and "jti" in claims:
            self.user["extra"][CREDENTIAL_KEY] = [f"JTI={claims['jti']}"]

    def answer(self) -> dict[str, Any]:
        found: dict[int, ExpressionVerdict] = {}
        for rules in (False, True):
            for number, question in enumerate(self.questions):
                if (question.use == "user rule") is rules:
                    found[number] = self._judged(question)
        answers = [(found[number].verdict, found[number].why) for number in range(len(self.questions))]
        return {"answers": answers, "user": self._user() if self.is_known else None}

    def _judged(self, question: Question) -> ExpressionVerdict:
        is_rule = question.use in ("claim rule", "user rule")
        variable: Variable = "user" if question.use == "user rule" else "claims"
        try:
            if question.expression:
                check_expression(question.expression, variable, is_rule=is_rule)
            return self._told(question) if self.claims is not None else FINE
        except InvalidExpression as error:
            answer = ExpressionVerdict("invalid", str(error))
        except NotJudged as error:
            answer = ExpressionVerdict("not judged", str(error))
        if not is_rule:
            self.is_known = False
        return answer

    def _told(self, question: Question) -> ExpressionVerdict:
        """With the claims; NotJudged is for who called."""
        if WITHHELD.search(question.expression) and not (self.token.has_every_text and _only_compares(question)):
            raise NotJudged("a text in it was not sent")
        if question.use == "user rule" and not self.is_known:
            return FINE  # of what their names are made of something else is said already
        try:
            value = self._value(question)
            if question.use in ("claim rule", "user rule"):
                return FINE if value is True else ExpressionVerdict("refuses", "it is false")
            MAPPED[question.use](self.user, question, value)
        except Failed as failure:
            if question.use not in ("claim rule", "user rule"):
                self.is_known = False
            return ExpressionVerdict("refuses", f"it fails: {failure}")
        return FINE

    def _value(self, question: Question) -> Any:
        claims = self.claims or {}
        if question.expression:
            return evaluate(question.expression, {"claims": claims, "user": self._user()})
        return claims.get(question.claim)

    def _user(self) -> dict[str, Any]:
        """Return the user without empty attributes."""
        return {name: value for name, value in self.user.items() if value}


def _only_compares(question: Question) -> bool:
    """Return whether an expression only compares: any text that the token does not contain is as good as another."""
    found = words(question.expression)
    called = {first.text for first, second in pairwise(found) if second.text == "(" and first.kind == "name"}
    return called <= COMPARING and not any(token.text in ORDERING for token in found)


def _set_username(user: dict[str, Any], question: Question, value: Any) -> None:
    if not isinstance(value, str):
        raise Failed(NO_TEXT)
    user["username"] = question.prefix + value


def _set_groups(user: dict[str, Any], question: Question, value: Any) -> None:
    """Set the groups. A claim that is not there, null and an empty text are no group."""
    names = [] if value in (None, "") else [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Failed("it must give a text, or a list of texts")
    user["groups"] = [question.prefix + name for name in names]


def _set_uid(user: dict[str, Any], question: Question, value: Any) -> None:
    if not isinstance(value, str):
        raise Failed(NO_TEXT)
    user["uid"] = value


def _set_extra(user: dict[str, Any], question: Question, value: Any) -> None:
    values = [] if value in (None, "") else [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise Failed("it must give a text, or a list of texts")
    if values:
        user["extra"][question.key] = values


MAPPED: dict[str, Callable[[dict[str, Any], Question, Any], None]] = {
    "username": _set_username,
    "groups": _set_groups,
    "uid": _set_uid,
    "extra": _set_extra,
}
