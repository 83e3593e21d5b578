"""`python -m bench.growth`: how many rows 100,000 client-credential tokens and 10,000 sign-ins leave.

It goes through the URLs in one process, on SQLite or with TEST_DATABASE=postgresql, and moves the clock.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.setdefault("LOG_LEVEL", "ERROR")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=100_000)
    parser.add_argument("--sign-ins", type=int, default=10_000)
    asked = parser.parse_args()

    import django

    django.setup()
    from django.test.utils import setup_databases, setup_test_environment

    setup_test_environment()
    setup_databases(verbosity=0, interactive=False)
    measure(asked.tokens, asked.sign_ins)


def measure(tokens: int, sign_ins: int) -> None:
    import time_machine
    from django.utils import timezone

    from tests.operations.growth import let_pass, make_world, rows_by_table, sign_in, token_by_secret

    person, _ = make_world()
    token_by_secret()
    before = rows_by_table()

    def tell(what: str) -> None:
        now = rows_by_table()
        more = [f"{table} {now[table] - before[table]:+,}" for table in now if now[table] != before[table]]
        say(f"{what}: {', '.join(more) or 'no table has a row more or less'}")

    with time_machine.travel(timezone.now(), tick=False) as clock:
        seconds = repeat(tokens, lambda _: token_by_secret())
        tell(f"after {tokens:,} client-credential tokens ({seconds:.0f} s)")
        seconds = repeat(sign_ins, lambda number: sign_in(person, number))
        tell(f"after {sign_ins:,} sign-ins with refreshes, and as many strangers' tries ({seconds:.0f} s)")
        for passes, name in ((timedelta(hours=37), "37 hours"), (timedelta(hours=25), "62 hours")):
            tell_time(clock, passes, f"{name} later", let_pass, tell)
        tell_time(clock, timedelta(days=90), "93 days later", let_pass, tell)


def repeat(times: int, work: Callable[[int], None]) -> float:
    began = time.perf_counter()
    for number in range(times):
        work(number)
    return time.perf_counter() - began


def tell_time(
    clock: object, passes: timedelta, name: str, let_pass: Callable[..., int], tell: Callable[[str], None]
) -> None:
    began = time.perf_counter()
    requests = let_pass(clock, passes)
    tell(f"{name} (housekeeping after {requests} requests, {time.perf_counter() - began:.0f} s)")


if __name__ == "__main__":
    main()
