"""Every response says what its page may load; the policy of most is the same, and put together once."""

import pytest
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from common.middleware import CSPMiddleware

HEADER = "Content-Security-Policy"


def passed(response: HttpResponse) -> HttpResponse:
    def get_response(request: HttpRequest) -> HttpResponse:
        return response

    answered = CSPMiddleware(get_response)(RequestFactory().get("/"))
    assert isinstance(answered, HttpResponse)
    return answered


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login", "/api/v1/me", "/nowhere", "/healthz"])
def test_it_says_what_the_settings_say(path: str) -> None:
    assert Client().get(path)[HEADER] == build_policy()


def test_it_says_the_same_each_time() -> None:
    assert passed(HttpResponse())[HEADER] == passed(HttpResponse())[HEADER] == build_policy()


def test_it_leaves_a_header_that_is_there() -> None:
    assert passed(HttpResponse(headers={HEADER: "default-src *"}))[HEADER] == "default-src *"


def test_it_heeds_what_a_view_asks_for_and_no_other_response_learns_of_it() -> None:
    asking = HttpResponse()
    asking._csp_replace = {"form-action": ["https:"]}  # type: ignore[attr-defined]  # as django-csp reads it

    assert "form-action https:" in passed(asking)[HEADER]
    assert passed(HttpResponse())[HEADER] == build_policy()
