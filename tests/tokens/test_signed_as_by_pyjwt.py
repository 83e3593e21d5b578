"""A token is what PyJWT makes of the same claims and key, byte for byte, and PyJWT reads it."""

from datetime import timedelta

import jwt as pyjwt
import pytest

from tests.keys import plant_keys
from tokens import jwt, keyring
from tokens.budget import PlainJSON

CLAIMS: dict[str, object] = {
    "sub": "a",
    "name": "Zo\u00eb <z>?~ \U0001f600",
    "groups": ["x", "y"],
    "n": None,
    "at": 1.5,
}


@pytest.fixture(autouse=True)
def keys(db: None) -> None:
    plant_keys()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
@pytest.mark.parametrize("kind", [jwt.AccessToken, jwt.IDToken, jwt.LogoutToken])
def test_it_is_what_pyjwt_makes(kind: type[jwt.AccessToken | jwt.IDToken | jwt.LogoutToken], algorithm: str) -> None:
    token = jwt.sign(kind, CLAIMS, audience=["a", "b"], lifetime=timedelta(minutes=1), algorithm=algorithm)
    key = keyring.current().signing(algorithm)

    claims = pyjwt.decode(token, key.public, algorithms=[algorithm], audience="a", options={"verify_nbf": False})
    header = {"alg": algorithm, "kid": key.kid, "typ": kind.typ}
    again = pyjwt.encode(claims, keyring.private(key.kid), algorithm, header, PlainJSON)

    assert claims.items() >= CLAIMS.items()
    signed = -1 if algorithm == "RS256" else token.rindex(".")  # two signatures on P-256 are never alike
    assert again[:signed] == token[:signed]
