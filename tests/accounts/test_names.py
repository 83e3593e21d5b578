import pytest
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from hypothesis import given, settings
from hypothesis import strategies as some

from accounts.names import is_email

ADDRESSES = (
    "conan.o'brien@example.com",
    "r&d@example.com",
    "ivan@example.xn--p1ai",
    "admin@runai.local",
    "jane_acme.com#EXT#@corp.onmicrosoft.com",
    "a/b=c@example.com",
    "a+b%c@sub.example.co.uk",
    "1@2.example.com",
    "x" * 64 + "@example.com",
)
NONE = (
    "",
    "a",
    "@example.com",
    "a@",
    "a@localhost",
    "a@example.1",
    "a@1.2.3.4",
    "a@[1.2.3.4]",
    '"a b"@example.com',
    "a..b@example.com",
    ".a@example.com",
    "a.@example.com",
    "a b@example.com",
    " a@example.com",
    "a@example.com\n",
    "a@-example.com",
    "a@example-.com",
    "a@exa_mple.com",
    "a@example..com",
    "a@b@example.com",
    "é@example.com",
    "a@exämple.com",
    "a@example.com.",
    "x" * 65 + "@example.com",
    "a@" + "b." * 126 + "com",
    "a,b@example.com",
    "<a@example.com>",
    "a(c)@example.com",
    "a\\b@example.com",
    "a@example.com\x00",
)


@pytest.mark.parametrize("text", ADDRESSES)
def test_it_takes_an_address(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize("text", NONE)
def test_it_refuses_what_is_none(text: str) -> None:
    assert not is_email(text)


@pytest.mark.parametrize("value", [None, 1, True, b"a@example.com", ["a@example.com"], {"a@example.com": 1}], ids=repr)
def test_it_refuses_what_is_no_text(value: object) -> None:
    assert not is_email(value)


@settings(max_examples=300)
@given(some.from_regex(r"[!-~]{1,20}@[a-z0-9.-]{1,20}\.[a-z0-9-]{1,8}", fullmatch=True))
def test_it_takes_nothing_that_the_form_of_a_user_refuses(text: str) -> None:
    try:
        validate_email(text)
    except ValidationError:
        assert not is_email(text)
