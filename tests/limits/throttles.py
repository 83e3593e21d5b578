"""Limits of number, of those who sign in and of clients: each row with the tests that reach it."""

from django.conf import settings

from accounts import hashing
from accounts.services import factors, recovery, throttle
from audit import repeats
from clustersync.services import tokens as cluster_tokens
from runai_identity import turns
from sso.left_out import MOST_NOTES
from sso.services import attempts
from sso.views import pending
from tests.limits.limits import LATER, Bound, in_words, per, seconds
from tokens.services import registration

SIGNING_IN = [
    Bound(
        "Requests with a password that are worked on at once, in one process",
        f"{turns.AT_ONCE}; {turns.MOST_WAITING} wait, for {seconds(turns.LONGEST_WAIT)} at most",
        f"429 `slow_down`, {LATER} {hashing.COME_BACK_AFTER}",
        (
            "operations/test_turns.py::test_who_finds_too_many_waiting_is_asked_to_come_back",
            "operations/test_turns.py::test_who_waited_long_enough_is_asked_to_come_back",
        ),
    ),
    Bound(
        "Wrong passwords of one account (`SIGN_IN_TRIES_PER_ACCOUNT`)",
        per(settings.SIGN_IN_TRIES_PER_ACCOUNT, settings.SIGN_IN_WINDOW),
        "the answer to a wrong password, also to the right one; nobody is told that it is locked",
        ("accounts/test_lockout.py::test_it_locks_after_the_limit_and_not_before",),
    ),
    Bound(
        "Tries from one address, or one IPv6 network of 64 bits (`SIGN_IN_TRIES_PER_ADDRESS`)",
        per(settings.SIGN_IN_TRIES_PER_ADDRESS, settings.SIGN_IN_WINDOW),
        "the same, without hashing anything",
        (
            "accounts/test_lockout.py::test_one_address_has_tries_for_a_limited_number_of_accounts",
            "accounts/test_lockout.py::test_what_is_over_the_limit_of_an_address_costs_no_hash_and_counts_on_no_account",
        ),
    ),
    Bound(
        "Wrong second factors of one account (`SECOND_FACTOR_TRIES`)",
        per(settings.SECOND_FACTOR_TRIES, settings.SIGN_IN_WINDOW),
        "the page says to wait",
        ("accounts/test_second_step.py::test_it_is_tried_so_often_and_no_more",),
    ),
    Bound(
        "Counters of addresses, and of names that nobody has",
        f"{throttle.ADDRESS_COUNTERS:,} and {throttle.NOBODYS_COUNTERS:,} rows",
        "several share a row",
        ("accounts/test_lockout.py::test_strangers_make_a_bounded_number_of_counters",),
    ),
    Bound(
        "Requests for a new password by mail, from one address",
        per(throttle.RECOVERIES_PER_ADDRESS, settings.SIGN_IN_WINDOW),
        f"429, {LATER}",
        ("mail/test_links.py::test_one_address_asks_so_often_and_no_more",),
    ),
    Bound(
        "Mails with such a link to one account",
        per(throttle.RECOVERIES_PER_ACCOUNT, throttle.RECOVERIES_WITHIN),
        "the same answer, and no mail",
        ("mail/test_links.py::test_an_account_gets_so_many_mails_and_no_more",),
    ),
    Bound(
        "Requests for such a mail that wait to be sent",
        in_words(recovery.MOST_WAITING),
        f"429, {LATER} {recovery.COME_BACK_AFTER}",
        ("anonymous/test_cost.py::test_it_costs_little_and_writes_within_a_bound",),
    ),
    Bound(
        "Second factors of one person",
        str(factors.MOST),
        "refused in words",
        ("accounts/test_factor_pages.py::test_there_is_an_end_to_them",),
    ),
    Bound(
        "Sign-ins through providers under way in one browser",
        f"{pending.MOST}, in cookies of {pending.MOST_BYTES:,} bytes together",
        "the oldest is forgotten",
        (
            "sso/test_remembering.py::test_of_too_many_the_oldest_are_forgotten",
            "sso/test_remembering.py::test_they_fit_into_a_request",
        ),
    ),
    Bound(
        "Sign-in attempts of strangers that are kept of a provider and a reason",
        str(attempts.KEPT_OF_STRANGERS),
        "counted on the last one",
        ("attacks/test_saml_attempts.py::test_floods_of_every_kind_together_push_nothing_out",),
    ),
    Bound(
        "Groups, and POSIX ids, that a sign-in attempt shows; of values that are left out, those it names",
        f"{attempts.MOST_SHOWN}, {MOST_NOTES} of an attribute",
        "the attempt says how many more there were",
        ("sso/test_what_is_kept.py::test_each_row_has_a_bound",),
    ),
]
TOKENS = [
    Bound(
        "Devices that begin to wait: from one address, of one client, in all",
        f"{per(settings.DEVICES_PER_ADDRESS, settings.DEVICE_CODE_LIFETIME)}, {settings.DEVICES_PER_CLIENT:,},"
        f" {settings.DEVICES_IN_ALL:,}",
        f"429 `slow_down`, {LATER}",
        ("tokens/test_waiting_devices.py::test_over_a_bound_a_device_is_told_when_to_try_again",),
    ),
    Bound(
        "User codes that one person enters wrongly",
        per(settings.SIGN_IN_TRIES_PER_ACCOUNT, settings.SIGN_IN_WINDOW),
        "the page says to wait",
        ("attacks/test_oauth_devices.py::test_o09_wrong_codes_are_counted",),
    ),
    Bound(
        "Long authorization requests that are kept while somebody signs in: from one address, in all",
        f"{per(throttle.KEPT_REQUESTS_PER_ADDRESS, throttle.KEPT_REQUESTS_WITHIN)}, {throttle.KEPT_REQUESTS_IN_ALL:,}",
        f"429 `slow_down`, {LATER}",
        ("tokens/test_long_requests.py::test_what_strangers_may_keep_is_bounded",),
    ),
    Bound(
        "Clients that one initial access token registers",
        f"as its maker says, {registration.MOST_USES:,} at most",
        "401 `invalid_token`",
        (
            "tokens/test_dynamic_registration.py::test_a_token_is_used_up",
            "tokens/test_registration_tokens.py::test_it_keeps_within_bounds",
        ),
    ),
    Bound(
        "A person's own tokens for clusters",
        str(cluster_tokens.MOST),
        "409",
        ("clustersync/test_making_cluster_tokens.py::test_twenty_are_enough_for_anybody",),
    ),
    Bound(
        "Refused requests that become entries of the audit log: in an hour, of one action",
        f"{repeats.FIRST} of one source about one object, {repeats.MOST} in all",
        "counted on an entry",
        ("audit/test_repeats.py::test_hours_of_flood_are_a_bounded_number_of_rows",),
    ),
]
