"""Pages for people who can't be signed in or out."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from accounts.models import User
from common.api import status_of
from common.errors import DomainError, TooMany
from sso.services.sign_in import RecordedRefusal

Given = ParamSpec("Given")


def may_test(request: HttpRequest) -> bool:
    """Return True if this is an administrator who may test providers, and so read attempts."""
    return isinstance(request.user, User) and request.user.has_perm("security-settings.update")


def refusal_page(request: HttpRequest, sentence: str, status: int, *, reference: str = "") -> HttpResponse:
    context = {"title": gettext("You are not signed in"), "sentence": sentence, "reference": reference}
    return render(request, "sso/refused.html", context, status=status)


def with_refusal_pages(
    view: Callable[Concatenate[HttpRequest, Given], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """Show a page for a refusal, with the reference of the stored attempt; a test's attempt to whoever may test."""

    @wraps(view)
    def answered(request: HttpRequest, /, *args: Given.args, **kwargs: Given.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except RecordedRefusal as refusal:
            if refusal.attempt.is_test and may_test(request):
                messages.error(request, gettext("The test was refused. Nobody was signed in by it."))
                return redirect("admin:sso_attempt_change", refusal.attempt.pk)
            return refusal_page(request, refusal.message, refusal.status, reference=refusal.attempt.reference)
        except TooMany as refusal:
            page = refusal_page(request, refusal.message, 429)
            page["Retry-After"] = str(refusal.retry_after)
            return page
        except DomainError as refusal:
            return refusal_page(request, refusal.message, status_of(refusal))

    return answered
