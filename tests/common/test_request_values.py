"""What is left with a request is that request's alone, and goes with it."""

import gc
from weakref import ref

from django.http import HttpRequest

from common.request_values import RequestValue


def test_it_is_read_where_the_request_is_at_hand() -> None:
    left: RequestValue[str] = RequestValue()
    request = HttpRequest()

    left.set(request, "first")
    left.set(request, "second")

    assert left.of(request) == "second"


def test_no_other_request_has_it() -> None:
    left: RequestValue[str] = RequestValue()
    first = HttpRequest()
    left.set(first, "theirs")

    assert left.of(HttpRequest()) is None


def test_it_can_be_forgotten_and_needs_not_be_there_for_that() -> None:
    left: RequestValue[str] = RequestValue()
    request = HttpRequest()
    left.set(request, "here")

    left.forget(request)
    left.forget(request)

    assert left.of(request) is None


def test_nothing_keeps_it_once_the_request_is_gone() -> None:
    class Secret:
        pass

    left: RequestValue[Secret] = RequestValue()
    request, secret = HttpRequest(), Secret()
    left.set(request, secret)
    kept = ref(secret)

    del request, secret
    gc.collect()

    assert kept() is None
