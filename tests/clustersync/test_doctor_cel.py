"""Expressions are checked as kube-apiserver checks them, evaluated with the claims of a token, and never for long."""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict
from typing import Any

import pytest

from clustersync.doctor.cel.asking import LONGEST, ROOT, START, ExpressionVerdict, Question, SampleToken, Use, judge
from clustersync.doctor.cel.checking import check_expression
from clustersync.doctor.cel.environment import InvalidExpression, NotJudged, Variable
from tests.clustersync.cel_expressions import EXPRESSIONS
from tests.clustersync.doctor import CLAIMS

COMPILED = [(variable, text) for variable, found in EXPRESSIONS.items() for text in found.compiled]
REFUSED = [(variable, text) for variable, found in EXPRESSIONS.items() for text in found.refused]


def judged(*questions: Question, claims: dict[str, Any] = CLAIMS) -> list[ExpressionVerdict]:
    (found,) = judge(questions, [SampleToken(claims)])
    return list(found.answers)


def answer(expression: str, use: Use = "claim rule", **claims: Any) -> ExpressionVerdict:
    (found,) = judged(Question(use, expression), claims={**CLAIMS, **claims})
    return found


@pytest.mark.parametrize(("variable", "expression"), COMPILED)
def test_it_refuses_nothing_that_kubernetes_compiles(variable: Variable, expression: str) -> None:
    try:
        check_expression(expression, variable, is_rule=True)
    except NotJudged:
        assert "user" in expression or "optional" in expression or "format" in expression


@pytest.mark.parametrize(("variable", "expression"), REFUSED)
def test_it_takes_nothing_that_kubernetes_does_not_compile(variable: Variable, expression: str) -> None:
    with pytest.raises((InvalidExpression, NotJudged)):
        check_expression(expression, variable, is_rule=True)


def test_it_judges_nearly_all_of_them() -> None:
    unjudged = []
    for variable, expression in COMPILED + REFUSED:
        try:
            check_expression(expression, variable, is_rule=True)
        except NotJudged:
            unjudged.append(expression)
        except InvalidExpression:
            pass

    assert len(unjudged) < len(COMPILED + REFUSED) / 10


@pytest.mark.parametrize(
    ("expression", "verdict", "why"),
    [
        ("claims.exp - claims.iat <= 600", "fine", ""),
        ("claims.exp - claims.iat <= 300", "refuses", "it is false"),
        ("'admin' in claims.roles", "refuses", "it fails: it reads roles, which is not there"),
        ("!has(claims.roles) || 'admin' in claims.roles", "fine", ""),
        ("claims.email == 'a' && claims.nope", "refuses", "it is false"),
        ("dyn(claims.groups).exists(g, g == 'researchers')", "fine", ""),
        ("claims.?roles.orValue([]) == []", "fine", ""),
        ("claims.sub.find('a') == ''", "not judged", ""),
        ("true || claims.sub.find('a') == ''", "fine", ""),
        ("claims.sub == 'withheld-1'", "not judged", "a text in it was not sent"),
        ("foo", "invalid", "undeclared reference to 'foo'"),
    ],
)
def test_it_says_what_comes_of_a_rule(expression: str, verdict: str, why: str) -> None:
    found = answer(expression)

    assert found.verdict == verdict
    assert why in found.why


@pytest.mark.parametrize(
    ("use", "expression"),
    [
        ("username", "claims.exp"),
        ("username", "claims.groups"),
        ("username", "null"),
        ("uid", "claims.tenant_id"),
        ("groups", "true"),
        ("groups", "[[claims.sub]]"),
        ("extra", "claims.exp"),
        ("username", "claims.?email"),
        ("username", "b'bob'"),
        ("groups", "{'a': 'b'}"),
    ],
)
def test_names_are_texts(use: Use, expression: str) -> None:
    assert answer(expression, use).verdict == "refuses"


def test_a_user_is_made_of_claims_and_then_asked_about() -> None:
    (found,) = judge(
        [
            Question(
                "user rule", "user.username == 'runai:bob@example.com' && user.groups == ['x:all', 'x:researchers']"
            ),
            Question("username", claim="preferred_username", prefix="runai:"),
            Question("groups", "dyn(claims.groups).map(g, 'x:' + g)"),
            Question("extra", "claims.sid", key="example.com/sid"),
            Question("user rule", "user.extra['example.com/sid'].size() == 1 && !has(user.uid)"),
        ],
        [SampleToken(CLAIMS)],
    )

    assert {one.verdict for one in found.answers} == {"fine"}
    assert found.user and found.user["groups"] == ["x:all", "x:researchers"]


def test_whose_name_can_not_be_made_is_not_asked_about() -> None:
    (found,) = judge([Question("username", "claims.exp"), Question("user rule", "false")], [SampleToken(CLAIMS)])

    assert [one.verdict for one in found.answers] == ["refuses", "fine"]
    assert found.user is None


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ("claims.sub == 'withheld-1'", "refuses"),
        ("dyn(claims.groups).exists(g, g in ['a', 'withheld-1'])", "refuses"),
        ("claims.sub.startsWith('withheld-1')", "refuses"),
        ("claims.sub != 'withheld-1'", "fine"),
        ("claims.sub.matches('withheld-1')", "not judged"),
        ("claims.sub.lowerAscii() == 'withheld-1'", "not judged"),
        ("claims.sub + 'x' == 'withheld-1'", "not judged"),
        ("claims.sub < 'withheld-1'", "not judged"),
        ("size('withheld-1') > 3", "not judged"),
    ],
)
def test_a_text_that_stands_in_no_claim_is_as_good_as_another_to_what_compares(expression: str, verdict: str) -> None:
    (found,) = judge([Question("claim rule", expression)], [SampleToken(CLAIMS, has_every_text=True)])

    assert found.answers[0].verdict == verdict


BOMBS = {
    "a list that doubles": "['a']" + ".map(x, x + x + x + x)" * 25 + " == []",
    "a text that grows": "['a'].map(x, x" + ".replace('a', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')" * 25 + ") == []",
    "loops in loops": "[1,2,3,4,5,6,7,8,9].all(a, " * 12 + "true" + ")" * 12,
    "brackets": "(" * 1500 + "true" + ")" * 1500,
    "a sum": "+".join(["1"] * 1500) + " == 1",
    "a pattern": "'" + "a" * 1000 + "'.matches('(a*)*(a*)*(a*)*b')",
    "too long": "true" + " " * LONGEST + "&& true",
    "no text at all": "\ud800",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_it_ends_soon_whatever_it_is_asked(bomb: str) -> None:
    """One that is fine beside it costs nothing; it may be unjudged with it."""
    began = time.monotonic()

    found = judged(Question("claim rule", BOMBS[bomb]), Question("claim rule", "true"))

    assert time.monotonic() - began < 6
    assert found[0].verdict != "fine" or bomb in ("a pattern", "loops in loops")
    assert found[1].verdict in ("fine", "not judged")


@pytest.mark.parametrize("bomb", ["a list that doubles", "a text that grows"])
def test_it_takes_no_more_memory_and_time_than_there_is_for_it(bomb: str) -> None:
    asked = {"questions": [asdict(Question("claim rule", BOMBS[bomb]))], "tokens": [asdict(SampleToken(CLAIMS))]}
    process = subprocess.Popen([sys.executable, "-I", "-c", START, str(ROOT)], stdin=-1, stdout=-3, stderr=-3)
    assert process.stdin
    process.stdin.write(json.dumps(asked).encode())
    process.stdin.close()

    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)

    assert process.returncode != 0
    before_it_began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # the system counts that in
    assert used.ru_maxrss < max(300 * 1024, before_it_began + 1024)  # kB
    assert used.ru_utime + used.ru_stime < 3


def test_nothing_of_our_environment_gets_into_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a process of its own: what ends it ends nothing else."""
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    monkeypatch.setenv("PYTHONSTARTUP", "/nonexistent")

    assert answer("true").verdict == "fine"
