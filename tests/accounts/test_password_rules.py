import time

import pytest

from accounts import passwords
from accounts.services.passwords import common_passwords

GOOD = (
    "Abcd!234",
    "Zxcv!567",
    "a" * 14 + "b",
    "correct horse battery",
    "P$wd`rm -rf`1",
    "пароль-Ω-Длинный7",
    "x" * 1024,
)
POOR = {
    "Ab!2": "fewer than 8",
    "abcd!234": "an upper-case letter",
    "ABCD!234": "a lower-case letter",
    "Abcd!efg": "a digit",
    "Abcd1234": "a special character",
    "x" * 1025: "longer than 1024",
    "Abcd!234\x00": "NUL",
    "": "fewer than 8",
}


@pytest.mark.parametrize("password", GOOD)
def test_it_takes_a_long_password_or_a_mixed_one(password: str) -> None:
    assert passwords.problems(password) == []


@pytest.mark.parametrize("password", POOR, ids=[why.replace(" ", "-") for why in POOR.values()])
def test_it_says_what_is_missing(password: str) -> None:
    (problem,) = passwords.problems(password)

    assert POOR[password] in problem


@pytest.mark.parametrize("password", ["Test.Long-Name@1Example.com", "test.long-name@1example.com"])
def test_it_refuses_the_e_mail_address(password: str) -> None:
    problems = passwords.problems(password, email="Test.Long-Name@1example.com")

    assert problems == ["The password is the e-mail address."]


def test_it_refuses_the_name_before_the_at_sign() -> None:
    assert passwords.problems("correct-horse-battery", email="correct-horse-battery@example.com")


def test_it_refuses_a_common_password_in_any_case() -> None:
    assert passwords.problems("Correct Horse Battery", common={"correct horse battery"})


def test_it_knows_the_passwords_that_everybody_tries() -> None:
    assert len(common_passwords()) > 19_000
    assert "qwertyuiop" in common_passwords()


def test_it_refuses_a_megabyte_at_once() -> None:
    started = time.thread_time()

    assert passwords.problems("Ab1!" * 250_000)

    assert time.thread_time() - started < 0.05


def test_it_generates_passwords_that_satisfy_the_rules_and_differ() -> None:
    generated = {passwords.generate() for _ in range(200)}

    assert len(generated) == 200
    assert all(passwords.problems(password) == [] for password in generated)
    assert not set("".join(generated)) & set("0O1lIio")
    assert {len(password) for password in generated} == {19}
