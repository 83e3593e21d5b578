import ipaddress
import json
import logging

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from common import context
from common.forwarding import client_address, keep_a_trusted_scheme
from common.logs import JSONFormatter


@pytest.fixture
def behind_a_proxy(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("", "10.0.0.1"),
        ("garbage", "10.0.0.1"),
        ("203.0.113.7, garbage", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:51234", "203.0.113.7"),
        ("203.0.113.7:1", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ('"[2001:db8::1]:443"', "2001:db8::1"),
        ("[::ffff:203.0.113.7]:443", "203.0.113.7"),
        ("[fe80::1%eth0]:443", "fe80::1"),
        ("6.6.6.6:1, 203.0.113.7:51234, 10.0.0.2:80", "203.0.113.7"),
        ("203.0.113.7:", "10.0.0.1"),
        ("203.0.113.7:http", "10.0.0.1"),
        ("[203.0.113.7", "10.0.0.1"),
        ("2001:db8::1]:443", "10.0.0.1"),
        ("203.0.113.7 51234", "10.0.0.1"),
        ("unknown", "10.0.0.1"),
        ("_hidden", "10.0.0.1"),
        ("\u0663.1.1.1", "10.0.0.1"),
        (":" * 5000, "10.0.0.1"),
    ],
)
def test_it_believes_the_hop_before_the_trusted_proxies(behind_a_proxy: None, forwarded: str, expected: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == expected


def test_it_ignores_the_header_of_strangers() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="10.9.9.9")

    assert client_address(request) == "203.0.113.7"


SCHEMES = {
    "https": "https",
    "HTTPS": "https",
    "Https": "https",
    " https ": "https",
    "https,http": "https",
    "HTTPS, http": "https",
    "http": "http",
    "HTTP": "http",
    "http,https": "http",
    "": "http",
    "wss": "http",
    "httpsx": "http",
}


@pytest.mark.parametrize(("sent", "scheme"), SCHEMES.items())
def test_it_reads_the_scheme_that_a_trusted_proxy_names(
    behind_a_proxy: None, settings: Settings, sent: str, scheme: str
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_PROTO=sent)

    keep_a_trusted_scheme(request)

    assert request.scheme == scheme


def test_it_ignores_the_scheme_of_strangers(behind_a_proxy: None, settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_PROTO="https")

    keep_a_trusted_scheme(request)

    assert request.scheme == "http"


def test_it_logs_one_json_object_with_the_request_id() -> None:
    token = context.enter(context.RequestContext(request_id="abcdefgh", caller_request_id="theirs-1"))
    record = logging.LogRecord("app", logging.INFO, __file__, 1, 'a "quoted"\nname', None, None)

    line = json.loads(JSONFormatter().format(record))
    context.leave(token)

    assert (line["request_id"], line["message"]) == ("abcdefgh", 'a "quoted"\nname')
    assert line["caller_request_id"] == "theirs-1"
