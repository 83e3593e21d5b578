"""The re-implemented checks of a kube-apiserver accept what real ones were measured to accept."""

import time
from typing import Any

import pytest

from clustersync.apiserver import AuthenticationForm
from clustersync.apiserver_checks import APIServerVerdict, AuthenticatorSettings, judge, settings_from
from tests.clustersync.apiserver_checks_tokens import ROWS
from tests.clustersync.facts import FACTS, LEGACY
from tests.clustersync.forging import Row, made
from tests.keys import plant_keys
from tokens import keyring

AUTHENTICATORS = {
    "S": settings_from(FACTS, AuthenticationForm.STRUCTURED),
    "F": settings_from(FACTS, AuthenticationForm.FLAGS),
    "L": settings_from(LEGACY, AuthenticationForm.STRUCTURED),
    "P": settings_from(LEGACY, AuthenticationForm.FLAGS),
}


@pytest.fixture(autouse=True)
def _keys(db: None) -> None:
    plant_keys()


def judged(row: Row, authenticator: AuthenticatorSettings) -> APIServerVerdict:
    token = made(row, issuer=FACTS.issuer, audience=authenticator.audiences[0])
    return judge(token, authenticator=authenticator, keys=keyring.published()["keys"], now=time.time())


def row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_it_accepts_what_a_real_one_accepts(row: Row) -> None:
    assert "".join(kind for kind, one in AUTHENTICATORS.items() if judged(row, one).user) == row.accepted


def test_it_stops_at_the_first_rule_that_refuses() -> None:
    answers = [outcome.answer for outcome in judged(row("exp over"), AUTHENTICATORS["S"]).results]

    first = answers.index("error")
    assert set(answers[:first]) == {"ok"}
    assert set(answers[first + 1 :]) == {"not checked"}


@pytest.mark.parametrize(
    ("name", "rule", "reason"),
    [
        ("no token at all", "issuer", "it is no JWT of three parts"),
        ("iss with a slash", "issuer", f"it names {FACTS.issuer}/, and the API server expects {FACTS.issuer}"),
        ("PS256", "algorithm", "it says PS256, and the API server takes RS256, ES256"),
        ("kid unknown", "signature", "it names the key another, which is not published, or not any more"),
        ("signed by a stranger", "signature", "the signature is not that of the key it names"),
        ("exp over", "expiry", "it ended "),
        ("nbf in two minutes", "not-before", "it begins in "),
        ("aud another's", "audience", f"it is for runai-other-c0000000, and the API server expects {FACTS.audience}"),
        ("name left out", "username", "it has no preferred_username"),
        ("groups a number", "groups", "groups can't be read: it is not a string"),
    ],
)
def test_it_says_what_is_wrong(name: str, rule: str, reason: str) -> None:
    (wrong,) = (outcome for outcome in judged(row(name), AUTHENTICATORS["F"]).results if outcome.answer == "error")

    assert (wrong.rule, wrong.reason[: len(reason)]) == (rule, reason)


def test_it_says_as_whom() -> None:
    user = judged(row("good"), AUTHENTICATORS["S"]).user

    assert user is not None
    assert (user.username, user.uid, user.groups) == ("runai:bob@example.com", "2b1c", ["teams:researchers"])
    assert user.extra == {
        "authentication.kubernetes.io/credential-id": ["JTI=j-1"],
        "runai-identity/session-id": ["s-1"],
    }


def test_flags_know_neither_ids_nor_sessions() -> None:
    user = judged(row("good"), settings_from(FACTS, AuthenticationForm.FLAGS, credential_ids=False)).user

    assert user is not None
    assert (user.uid, user.extra) == ("", {})


@pytest.mark.parametrize("token", ["", ".", "...", "\x00", "é.é.é", "a." + "A" * 100_000 + ".b", "{}.e30.x"])
def test_no_input_breaks_it(token: str) -> None:
    assert judge(token, authenticator=AUTHENTICATORS["S"], keys=[], now=0).user is None


@pytest.mark.parametrize("value", ["[" * 100_000, '{"a":' * 5000, "9" * 10_000])
def test_no_claims_break_it(value: str) -> None:
    token = made(Row("deep", "", payload=value.encode()), issuer="", audience="")

    assert judge(token, authenticator=AUTHENTICATORS["S"], keys=keyring.published()["keys"], now=0).user is None


@pytest.mark.parametrize("keys", [[], [{}], [{"kty": "RSA"}], [{"kty": "RSA", "n": "AA", "e": "AQAB"}]])
def test_no_keys_break_it(keys: list[dict[str, Any]]) -> None:
    token = made(Row("good", "", header={"kid": ""}), issuer=FACTS.issuer, audience=FACTS.audience)

    assert judge(token, authenticator=AUTHENTICATORS["S"], keys=keys, now=time.time()).user is None
