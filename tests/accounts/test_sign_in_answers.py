"""What signing in tells: nothing to who is refused, everything to the audit trail."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import SignInTries, User
from accounts.services import sign_in
from accounts.services.users import create_user
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Unauthenticated
from tests import cast

pytestmark = pytest.mark.django_db


def wrong(alice: User) -> tuple[str, str]:
    return alice.email, "Wrong-Horse-1"


def unknown(alice: User) -> tuple[str, str]:
    return "nobody@example.com", cast.PASSWORD


def disabled(alice: User) -> tuple[str, str]:
    return cast.person("off", enabled=False).email, cast.PASSWORD


def elsewhere(alice: User) -> tuple[str, str]:
    return create_user(actor=SYSTEM, email="sso@example.com", is_local=False)[0].email, cast.PASSWORD


def locked(alice: User) -> tuple[str, str]:
    for _ in range(settings.SIGN_IN_TRIES_PER_ACCOUNT):
        refusal(alice.email, "Wrong-Horse-1")
    return alice.email, cast.PASSWORD


def too_long(alice: User) -> tuple[str, str]:
    return alice.email, "x" * 1_000_000


def nul(alice: User) -> tuple[str, str]:
    return "alice@example.com\x00", cast.PASSWORD


CASES: dict[Callable[[User], tuple[str, str]], str] = {
    wrong: "wrong password",
    unknown: "unknown user",
    disabled: "disabled",
    elsewhere: "signs in by an identity provider",
    locked: "locked",
    too_long: "wrong password",
    nul: "unknown user",
}
Case = Callable[[User], tuple[str, str]]
each_case = pytest.mark.parametrize("case", CASES, ids=[case.__name__ for case in CASES])


def refusal(email: str, password: str) -> Unauthenticated:
    with pytest.raises(Unauthenticated) as refused:
        sign_in.check_password(email=email, password=password)
    return refused.value


@each_case
def test_every_refusal_reads_the_same(case: Case, alice: User) -> None:
    told = refusal(*case(alice))

    assert told.code == "bad_credentials"
    assert told.message == "The e-mail or the password is not right, or this account can't sign in now."


@each_case
def test_every_refusal_takes_one_hash(case: Case, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    email, password = case(alice)
    hashed: list[int] = []
    encode = MD5PasswordHasher.encode

    def counting(self: MD5PasswordHasher, text: str, salt: str) -> str:
        hashed.append(len(text))
        return encode(self, text, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)

    refusal(email, password)

    assert len(hashed) == 1 and hashed[0] <= 1024


@pytest.mark.parametrize("case", [unknown, disabled, elsewhere])
def test_who_exists_costs_no_query_more_than_who_does_not(case: Case, alice: User) -> None:
    def queries(email: str, password: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            refusal(email, password)
        return len(asked)

    refusal("first@example.com", "x")  # the first from an address writes a row more

    assert queries(*case(alice)) == queries(*wrong(alice))


@each_case
def test_the_trail_knows_the_reason(case: Case, alice: User) -> None:
    refusal(*case(alice))

    event = Event.objects.filter(action="session:sign-in").latest("pk")
    assert (event.result, event.reason) == ("Failed", CASES[case])


def test_the_trail_keeps_nothing_that_was_typed_by_a_stranger() -> None:
    refusal("My-Secret-Password-1", "x")

    assert "My-Secret" not in str(Event.objects.values().get())


def test_it_finds_the_user_in_any_spelling_of_the_e_mail(alice: User) -> None:
    assert sign_in.check_password(email=" ALICE@Example.com ", password=cast.PASSWORD) == alice


@pytest.mark.parametrize("password", ["$HOME-Abc1", "`id`-Abc1", "a'b\"c;-Abc1", "%s{}-Abc1", " Abcd!234 ", "Ünï-Abc1"])
def test_it_takes_a_password_exactly_as_it_was_typed(password: str, alice: User) -> None:
    alice.set_password(password)
    alice.save()

    assert sign_in.check_password(email=alice.email, password=password) == alice
    refusal(alice.email, password + " ")


def test_it_leaves_no_count_of_tries_after_a_success(alice: User) -> None:
    refusal(alice.email, "Wrong-Horse-1")

    sign_in.check_password(email=alice.email, password=cast.PASSWORD)

    assert not SignInTries.objects.filter(key__startswith="account:", count__gt=0).exists()
