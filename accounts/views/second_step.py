"""The page between the right password and the session: the second factor."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import CodeForm, PasskeyForm
from accounts.models import FactorKind, User
from accounts.returning import on_the_way_in
from accounts.services.passkeys import ask_in_second_step, check_in_second_step
from accounts.services.second_step import check_code
from accounts.services.sessions import Proof
from accounts.signing_in import begin, on_to, where_to
from accounts.views.between_steps import wait_no_more, waiting_for_second_step
from accounts.views.sign_in import and_then, is_again
from common.errors import Unauthenticated


@on_the_way_in
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    user = waiting_for_second_step(request)
    if user is None:
        return redirect(f"{reverse('accounts:login')}?{and_then(request)}")
    shown = PasskeyForm(request.POST)
    form = CodeForm(None if shown.is_valid() else request.POST or None)
    error, status = "", 200
    if request.method == "POST" and (shown.is_valid() or form.is_valid()):
        try:
            begin(request, user, _check(user, shown, form))
        except Unauthenticated as refusal:
            error, status = refusal.message, 401
        else:
            wait_no_more(request)
            return on_to(request, where_to(request))
    return _page(request, user, form, error, status)


def _check(user: User, shown: PasskeyForm, form: CodeForm) -> Proof:
    if shown.is_valid():
        return check_in_second_step(user=user, **shown.cleaned_data)
    return check_code(user=user, code=form.cleaned_data["code"])


def _page(request: HttpRequest, user: User, form: CodeForm, error: str, status: int) -> HttpResponse:
    kinds = {*user.factors.values_list("kind", flat=True)}
    context = {
        "form": form,
        "error": error,
        "passkey": ask_in_second_step(user),
        "next": where_to(request),
        "again": is_again(request),
        "has_app": FactorKind.TOTP in kinds,
        "restart": f"{reverse('accounts:login')}?{and_then(request)}",
    }
    return render(request, "accounts/second_step.html", context, status=status)
