"""Each failure of a request is told in the words that fit it, however deep requests wrapped its cause."""

import socket
import ssl

import pytest
import requests

from common.connections import NotAllowed
from common.outbound import refusal

URL = "https://idp.example.com/metadata"
IN_TIME, NO_HOST, NOT_TRUSTED, FAILED = "did not answer in time", "no such host", "not trusted", "connection failed"
UNKNOWN = socket.gaierror(socket.EAI_NONAME, "unknown")


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def within(error: Exception, context: Exception) -> Exception:
    error.__context__ = context
    return error


@pytest.mark.parametrize("wrap", [caused, within, lambda error, inner: type(error)(inner)])
@pytest.mark.parametrize(
    ("inner", "words"),
    [(TimeoutError(), IN_TIME), (UNKNOWN, NO_HOST), (ConnectionResetError(), FAILED), (ValueError(), FAILED)],
    ids=repr,
)
def test_the_cause_is_found_in_what_wraps_it(wrap: object, inner: Exception, words: str) -> None:
    assert callable(wrap)
    wrapped = wrap(requests.ConnectionError(), wrap(OSError(), inner))

    assert words in refusal(wrapped, URL).message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (requests.Timeout(), IN_TIME),
        (requests.exceptions.SSLError(ssl.SSLError("x")), NOT_TRUSTED),
        (requests.ConnectionError(), FAILED),
        (requests.exceptions.InvalidHeader(), FAILED),
    ],
    ids=repr,
)
def test_an_error_of_requests_is_told_in_words(error: Exception, words: str) -> None:
    told = refusal(error, URL)

    assert (told.code, told.message.startswith("idp.example.com can't be reached")) == ("unreachable", True)
    assert words in told.message


@pytest.mark.parametrize(("url", "words"), [(URL, "is in a private network"), ("http://a.example.com/", "by https")])
def test_an_address_that_is_not_open_to_us_is_told_apart(url: str, words: str) -> None:
    told = refusal(caused(requests.ConnectionError(), NotAllowed("a")), url)

    assert told.code == "address_not_allowed" and words in told.message
