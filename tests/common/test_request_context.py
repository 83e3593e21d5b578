import ipaddress
import json
import logging

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from common import context
from common.logs import JSONFormatter
from common.middleware import client_address


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
    ],
)
def test_it_believes_the_hop_before_the_trusted_proxies(behind_a_proxy: None, forwarded: str, expected: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == expected


def test_it_ignores_the_header_of_strangers() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="10.9.9.9")

    assert client_address(request) == "203.0.113.7"


def test_it_logs_one_json_object_with_the_request_id() -> None:
    token = context.enter(context.RequestContext(request_id="abcdefgh", caller_request_id="theirs-1"))
    record = logging.LogRecord("app", logging.INFO, __file__, 1, 'a "quoted"\nname', None, None)

    line = json.loads(JSONFormatter().format(record))
    context.leave(token)

    assert (line["request_id"], line["message"]) == ("abcdefgh", 'a "quoted"\nname')
    assert line["caller_request_id"] == "theirs-1"
