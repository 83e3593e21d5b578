"""Whoever knows a client, or signs as one, writes odd claims into its assertion: each endpoint answers, none fails."""

from typing import Any

import pytest

from tests.attacks.rubbish import ODD_NUMBERS, ODD_TEXTS
from tests.protocol.oidc_core.assertions import TYPE, assertion, make_signer
from tests.protocol.relying import post
from tokens.assertion_jwt import AUTHENTICATING

pytestmark = pytest.mark.usefixtures("keys")
ODD = [*ODD_NUMBERS, *ODD_TEXTS, [], {}, ["\ud800"], {"\ud800": "\x00"}]


@pytest.mark.parametrize("endpoint", AUTHENTICATING)
@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "other"])
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd)[:20])
def test_an_odd_claim_is_no_failure(db: None, endpoint: str, name: str, odd: Any) -> None:
    make_signer()
    shown = {"client_assertion_type": TYPE, "client_assertion": assertion(**{name: odd})}

    answer = post(endpoint, None, grant_type="client_credentials", token="t", **shown)

    assert answer.status_code < 500
    assert answer.status_code != 401 or answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize("strange", ["a\x00b", "\ud800"])
@pytest.mark.parametrize("name", ["iss", "sub", "jti", "other"])
def test_an_assertion_with_what_no_database_stores_is_refused(db: None, name: str, strange: str) -> None:
    make_signer()
    shown = {"client_assertion_type": TYPE, "client_assertion": assertion(**{name: strange})}

    assert post("token", None, grant_type="client_credentials", **shown).status_code == 401
