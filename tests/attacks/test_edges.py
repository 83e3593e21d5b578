"""A library's own exception never leaves the module that calls it: rubbish is read, or refused in words."""

import time
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from common.errors import Unauthenticated
from tests.attacks.edges import CLAIMS, EDGES, HEADER, jwt_of, read_assertion
from tests.attacks.rubbish import ODD_NUMBERS, ODD_TEXTS
from tests.sso.op import KEY


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("name", EDGES)
@settings(max_examples=200, deadline=1000, suppress_health_check=list(HealthCheck))
@given(data=some.data())
def test_rubbish_is_refused_in_words(name: str, data: Any) -> None:
    edge = EDGES[name]
    rubbish = data.draw(edge.rubbish)

    try:
        edge.call(rubbish)
    except edge.refusals as refusal:
        assert str(refusal)


def test_a_right_assertion_is_read() -> None:
    # Made now: the others were when the tests were collected, which may be minutes ago.
    assert read_assertion(jwt.encode({**CLAIMS, "exp": int(time.time()) + 300}, KEY, "RS256", headers=HEADER))


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize(
    "odd", [None, True, [], {}, ["x"], {"x": 1}, *ODD_NUMBERS, *ODD_TEXTS], ids=lambda odd: ascii(odd)[:20]
)
def test_an_odd_claim_of_an_assertion_is_refused(name: str, odd: Any) -> None:
    try:
        read_assertion(jwt_of({**CLAIMS, name: odd}, HEADER))
    except Unauthenticated as refusal:
        assert refusal.code == "invalid_client"
