from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from accounts import totp
from tests.accounts.factors import code_at, secret_in

# RFC 6238, appendix B, for SHA-1: of its eight digits the last six.
RFC_SECRET = b"12345678901234567890"
RFC_CODES = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("seconds", "code"), RFC_CODES)
def test_it_agrees_with_the_rfc(seconds: int, code: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)

    assert code_at(RFC_SECRET, at) == code
    assert totp.matching_step(RFC_SECRET, code, at=at) == seconds // 30


@pytest.mark.parametrize(("steps", "matches"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step(steps: int, matches: bool) -> None:
    at = datetime.fromtimestamp(1_700_000_010, UTC)
    shown = code_at(RFC_SECRET, datetime.fromtimestamp(1_700_000_010 + 30 * steps, UTC))

    assert (totp.matching_step(RFC_SECRET, shown, at=at) is not None) == matches


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "٢٨٧٠٨٢", "28708é", "\x00"])
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    assert totp.matching_step(RFC_SECRET, typed, at=datetime.fromtimestamp(59, UTC)) is None


def test_an_app_finds_the_secret_in_the_address() -> None:
    secret = totp.new_secret()

    uri = totp.uri(secret, account="ada@example.com", issuer="runai")

    assert secret_in(uri) == secret and len(secret) == 20
    assert uri.startswith("otpauth://totp/runai:ada%40example.com?")


@pytest.mark.parametrize(
    ("issuer", "shown"), [("Acme: GPUs", "Acme GPUs"), ("a:b:c", "a b c"), ("50% & more?", "50% & more?"), (":", "-")]
)
def test_an_app_tells_the_issuer_from_the_account(issuer: str, shown: str) -> None:
    address = urlsplit(totp.uri(bytes(20), account="ada@example.com", issuer=issuer))

    assert unquote(address.path.lstrip("/")).split(":", 1) == [shown, "ada@example.com"]
    assert parse_qs(address.query)["issuer"] == [shown]
