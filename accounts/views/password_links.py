"""Choosing a password by a link: asking for one by mail, and the page that links and invitations lead to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import LinkForm, RecoverForm
from accounts.models import LinkPurpose, PasswordLink
from accounts.returning import on_the_way_in
from accounts.services.password_links import choose_password, usable_link
from accounts.services.recovery import ask_for_recovery, offers_recovery
from accounts.signing_in import forget_browser
from accounts.views.sign_in import go_in
from common.errors import DomainError, Invalid, TooMany
from common.translating import translated


@on_the_way_in
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def recover(request: HttpRequest) -> HttpResponse:
    """Have a link mailed. The answer is the same whoever the address belongs to."""
    form, status, busy = RecoverForm(request.POST or None), 200, None
    asked = False
    if request.method == "POST" and form.is_valid():
        try:
            ask_for_recovery(email=form.cleaned_data["email"])
            asked = True
        except TooMany as refusal:
            form.add_error(None, translated(refusal.message))
            status, busy = 429, refusal
        except DomainError as refusal:
            form.add_error(None, translated(refusal.message))
            status = 409
    context = {"form": form, "asked": asked, "offered": offers_recovery()}
    response = render(request, "accounts/recover.html", context, status=status)
    if busy is not None:
        response["Retry-After"] = str(busy.retry_after)
    return response


@on_the_way_in
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """Choose a password by a link. Opening it uses nothing up: scanners of mail open links too."""
    link = request.POST.get("link") or request.GET.get("link", "")
    try:
        row = usable_link(link)
        form = LinkForm(request.POST or None, initial={"link": link})
        if request.method == "POST" and form.is_valid():
            return _chosen(request, form)
    except TooMany as refusal:
        form.add_error(None, translated(refusal.message))
        response = _choose_page(request, form, row, 429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    except Invalid as refusal:
        if refusal.code == "link_over":
            return render(request, "accounts/link_over.html", {"recovery": offers_recovery()}, status=403)
        form.add_error("new", translated(refusal.message))
    return _choose_page(request, form, row, 400 if form.errors else 200)


def _chosen(request: HttpRequest, form: LinkForm) -> HttpResponse:
    user = choose_password(link=form.cleaned_data["link"], new=form.cleaned_data["new"])
    # Whoever was signed in in this browser is not any more, be it the same person.
    forget_browser(request)
    return go_in(request, user)


def _choose_page(request: HttpRequest, form: LinkForm, row: PasswordLink, status: int) -> HttpResponse:
    context = {"form": form, "person": row.user, "invited": row.purpose == LinkPurpose.INVITATION}
    response = render(request, "accounts/choose_password.html", context, status=status)
    # The address holds the link: no request for what the page needs may tell it.
    response["Referrer-Policy"] = "strict-origin"
    return response
