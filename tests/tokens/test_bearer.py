import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.tokens.asking import by_password, call_api


def with_header(value: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=value)
    return client


def test_it_asks_for_a_token(db: None) -> None:
    answer = APIClient().get("/api/v1/me")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer a b", "Bearer \xe9", "Bearer x.y.z", "bearer ..", "Bearer " + "x" * 20_000]
)
def test_it_says_that_the_token_is_not_valid(db: None, header: str) -> None:
    answer = with_header(header).get("/api/v1/me")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert answer.json()["code"] == 401


def test_it_takes_no_other_scheme(alice: User) -> None:
    token = by_password(alice)["accessToken"]

    assert with_header(f"Token {token}").get("/api/v1/me").status_code == 401
    assert APIClient().get(f"/api/v1/me?access_token={token}").status_code == 401


def test_it_calls_no_token_invalid_that_was_not_sent(db: None) -> None:
    assert with_header("Basic cm9ibzpyb2Jv").get("/api/v1/me")["WWW-Authenticate"] == "Bearer"


def test_it_does_not_take_the_browsers_cookie(alice: User) -> None:
    client = APIClient()
    client.force_login(alice, backend="access.backends.AccessBackend")

    assert client.get("/api/v1/me").status_code == 401


def test_it_knows_who_asks(alice: User) -> None:
    assert call_api(by_password(alice)["accessToken"]).json()["id"] == str(alice.pk)  # type: ignore[attr-defined]
