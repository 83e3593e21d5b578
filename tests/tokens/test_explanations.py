from datetime import UTC, datetime, timedelta

import pytest

from tokens.explanations import ago, destination_in_words, is_on_this_device, program_in_words

GECKO, WEBKIT = "Gecko/20100101 Firefox/142.0", "AppleWebKit/537.36 (KHTML, like Gecko)"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64; rv:142.0) {GECKO}", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.6 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Safari/604.1", "Safari on iPhone"),
        (f"Mozilla/5.0 (Linux; Android 15) {WEBKIT} Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (SomethingElse) Firefox/142.0", "Firefox"),
        ("kubelogin/v1.34 (Linux)", "kubelogin/v1.34"),
        ("runai-identity/0.4.0", "runai-identity/0.4.0"),
        ("Go-http-client/1.1", "Go-http-client/1.1"),
        *(
            (text, "a program that doesn't say which it is")
            for text in (
                "",
                "x" * 300,
                "Your IT department. Press Allow to go on",
                "Press-Allow-now-or-lose-your-account/1",
                "curl",
                "<b>curl/8",
                "curl/8\u202e",
                "IT/Press Allow",
                "/1",
                "Firefox on Linux",
            )
        ),
    ],
)
def test_it_names_a_program_as_people_know_it(user_agent: str, words: str) -> None:
    assert program_in_words(user_agent) == words


@pytest.mark.parametrize(
    ("redirect_uri", "words"),
    [
        ("https://shop.example.com/callback", "shop.example.com"),
        ("https://shop.example.com:8443/callback?x=1", "shop.example.com:8443"),
        ("http://127.0.0.1:41000/callback", "a program on this computer"),
        ("http://[::1]/", "a program on this computer"),
        ("http://localhost:8000", "a program on this computer"),
        ("com.example.app:/callback", "the application on this device"),
    ],
)
def test_it_says_where_a_client_takes_people(redirect_uri: str, words: str) -> None:
    assert destination_in_words(redirect_uri) == words


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1\xa0minute ago"),
        (timedelta(hours=25), "1\xa0day ago"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_it_says_how_long_ago_something_was(passed: timedelta, words: str) -> None:
    assert ago(NOW - passed, now=NOW) == words


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.2",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "app.localhost",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::]",
    ],
)
def test_the_loopback_is_on_this_device_however_it_is_spelled(scheme: str, host: str) -> None:
    assert is_on_this_device(f"{scheme}://{host}:51004/callback")


@pytest.mark.parametrize("host", ["shop.example.com", "localhost.example.com", "128.0.0.1", "[2001:db8::1]", "1.2.3.4"])
def test_other_hosts_are_not(host: str) -> None:
    assert not is_on_this_device(f"https://{host}/callback")
