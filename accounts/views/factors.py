"""Pages on which people manage their own second factors."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import webauthn
from accounts.forms import AppForm, NameForm, NewPasskeyForm
from accounts.returning import page, page_for, part_of
from accounts.services import passkeys
from accounts.services.factors import (
    Enrolment,
    begin_totp,
    confirm_totp,
    recovery_codes_of,
    remove_factor,
    rename_factor,
    renew_recovery_codes,
    same_totp,
)
from accounts.services.recovery_codes import codes_left
from accounts.services.second_factor_policy import note_second_factor_due
from accounts.signing_in import SignedIn, session_of
from accounts.views.recently import signed_in_recently
from common.errors import DomainError, Invalid
from common.once import shown_once
from common.replacing import knowing, marks_of
from common.translating import translated

# In Django's session: where somebody was going who was led to add a second factor.
AFTER_ADDING = "after_adding_a_factor"


@page
@never_cache
@signed_in_recently
@require_GET
def factors(request: SignedIn) -> HttpResponse:
    if "next" in request.GET:
        request.session[AFTER_ADDING] = page_for(request.GET["next"])
    due = note_second_factor_due(request.user)
    context = {
        "factors": request.user.factors.all(),
        "codes_left": codes_left(request.user),
        "known_codes": marks_of(recovery_codes_of(request.user)),
        "due": due,
        "is_due": due is not None and due <= timezone.now(),
        "then": _then(request),
    }
    return render(request, "accounts/factors.html", context)


@page
@never_cache
@sensitive_post_parameters()
@signed_in_recently
@require_http_methods(["GET", "HEAD", "POST"])
def add_app(request: SignedIn) -> HttpResponse:
    """Add an authenticator app: its key as a QR code and as text, and the first code that it shows."""
    form = AppForm(request.POST or None)
    try:
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            codes = confirm_totp(user=request.user, session=session_of(request), **given)
            return added(request, gettext("%(name)s is added.") % given, codes)
        sealed = request.POST.get("sealed", "")
        enrolment = same_totp(request.user, sealed) if sealed else begin_totp(request.user)
    except DomainError as refusal:
        return _once_more(request, form, refusal)
    return _app_page(request, form, enrolment)


@page
@never_cache
@signed_in_recently
@require_http_methods(["GET", "HEAD", "POST"])
def add_passkey(request: SignedIn) -> HttpResponse:
    form = NewPasskeyForm(request.POST or None)
    try:
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            codes = passkeys.add_passkey(user=request.user, session=session_of(request), **given)
            return added(request, gettext("%(name)s is added.") % given, codes)
    except Invalid as refusal:
        form.add_error("name", translated(refusal.message))
    except DomainError as refusal:
        messages.error(request, translated(refusal.message))
        return redirect("accounts:factors")
    usable = webauthn.usable() and request.user.is_local
    context = {"form": form, "asked": passkeys.ask_for_new(request.user) if usable else None}
    return render(request, "accounts/add_passkey.html", context, status=400 if form.errors else 200)


def added(request: SignedIn, told: str, codes: list[str]) -> HttpResponse:
    """Show the recovery codes, this once, or else go back to the list."""
    messages.success(request, told)
    return _codes_page(request, codes) if codes else redirect("accounts:factors")


@page
@never_cache
@signed_in_recently
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: SignedIn, pk: UUID) -> HttpResponse:
    factor = get_object_or_404(request.user.factors, pk=pk)
    form = NameForm(request.POST or None, initial={"name": factor.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_factor(user=request.user, factor_id=pk, name=form.cleaned_data["name"])
        except DomainError as refusal:
            form.add_error("name", translated(refusal.message))
        else:
            return redirect("accounts:factors")
    return render(request, "accounts/factor_rename.html", {"form": form, "factor": factor})


@page
@never_cache
@signed_in_recently
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: SignedIn, pk: UUID) -> HttpResponse:
    factor = get_object_or_404(request.user.factors, pk=pk)
    if request.method != "POST":
        last = request.user.factors.count() == 1
        return render(request, "accounts/factor_remove.html", {"factor": factor, "last": last})
    try:
        remove_factor(user=request.user, factor_id=pk, session=session_of(request))
    except DomainError as refusal:
        messages.error(request, translated(refusal.message))
    else:
        messages.success(
            request, gettext("%(name)s is removed. You are signed out everywhere else.") % {"name": factor.name}
        )
    return redirect("accounts:factors")


@part_of("accounts:factors")
@never_cache
@signed_in_recently
@require_POST
@shown_once("accounts:factors")
def new_codes(request: SignedIn) -> HttpResponse:
    try:
        with knowing(request.POST.get("known")):
            return _codes_page(request, renew_recovery_codes(user=request.user))
    except DomainError as refusal:
        messages.error(request, translated(refusal.message))
        return redirect("accounts:factors")


def _then(request: SignedIn) -> str:
    """Return where somebody was going who was led here first; empty for who came by themselves."""
    where: str = request.session.get(AFTER_ADDING, "")
    return where


def _codes_page(request: SignedIn, codes: list[str]) -> HttpResponse:
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "then": _then(request)})


def _once_more(request: SignedIn, form: AppForm, refusal: DomainError) -> HttpResponse:
    """Show the same key after a wrong code, a new key after half an hour, or the list if nothing can be added."""
    if not isinstance(refusal, Invalid):
        messages.error(request, translated(refusal.message))
        return redirect("accounts:factors")
    if refusal.code == "enrolment_over":
        messages.warning(request, translated(refusal.message))
        return redirect("accounts:add-app")
    form.add_error("name" if refusal.code == "bad_name" else "code", translated(refusal.message))
    return _app_page(request, form, same_totp(request.user, form.cleaned_data["sealed"]), status=400)


def _app_page(request: SignedIn, form: AppForm, enrolment: Enrolment, status: int = 200) -> HttpResponse:
    import segno  # for this page alone

    context = {
        "form": form,
        "enrolment": enrolment,
        "picture": segno.make(enrolment.uri, error="m", micro=False).svg_data_uri(scale=4, light="#fff"),
    }
    return render(request, "accounts/add_app.html", context, status=status)
