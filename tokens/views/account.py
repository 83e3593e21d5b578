"""The page of one's own account: where one is signed in, and which applications one let in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.ports.sections import sections
from accounts.returning import page, part_of
from accounts.signing_in import SignedIn, session_of
from common.errors import NotFound
from common.translating import translated
from common.wording import Wording
from tokens.services.consents import withdraw
from tokens.services.overview import browsers_of, devices_of, let_in_by

MOST_SHOWN = 100


@page
@never_cache
@login_required
@require_safe
def account(request: SignedIn) -> HttpResponse:
    this = session_of(request)
    browsers = sorted(browsers_of(request.user), key=lambda browser: browser.session != this)
    devices = devices_of(request.user)
    context = {
        "this": this,
        "groups": request.user.group_set.order_by("name"),
        "browsers": browsers[:MOST_SHOWN],
        "more_browsers": len(browsers[MOST_SHOWN:]),
        "devices": devices[:MOST_SHOWN],
        "more_devices": len(devices[MOST_SHOWN:]),
        "elsewhere": len(browsers) + len(devices) > 1,
        "let_in": let_in_by(request.user),
        "access": sections("account:access", about=request.user, reader=request.user),
        "sections": sections("account", about=request.user, reader=request.user),
    }
    return render(request, "tokens/account.html", context)


@part_of("account")
@login_required
@require_POST
def withdraw_consent(request: SignedIn, pk: int) -> HttpResponse:
    consent = get_object_or_404(request.user.consents.select_related("user", "application"), pk=pk)
    try:
        withdraw(actor=request.user, consent=consent)
    except NotFound as refusal:
        messages.error(request, translated(refusal.message))
    else:
        told = Wording(
            "{title} is signed out of your account, and has to ask you again.", title=consent.application.title
        )
        messages.success(request, told)
    return redirect("account")
