"""Pages on which people manage their own account."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import PasswordForm
from accounts.returning import page, part_of
from accounts.services.browser import follow_key
from accounts.services.passwords import change_password
from accounts.services.sessions import (
    revoke_all,
    revoke_session,
)
from accounts.signing_in import SignedIn, on_to, session_of, sign_out, where_to
from common.errors import DomainError, Unauthenticated
from common.translating import translated


@page
@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: SignedIn) -> HttpResponse:
    """Change one's own password; the first sign-in with a temporary one gets no further before that."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _change(request, form):
        messages.success(request, gettext("Your password is changed. You are signed out everywhere else."))
        return on_to(request, where_to(request))
    context = {"form": form, "forced": request.user.must_change_password, "next": where_to(request)}
    return render(request, "accounts/password.html", context)


def _change(request: SignedIn, form: PasswordForm) -> bool:
    session = session_of(request)
    try:
        change_password(
            user=request.user, current=form.cleaned_data["current"], new=form.cleaned_data["new"], keep=session
        )
    except Unauthenticated:
        form.add_error("current", gettext("The current password is not right, or was tried too often."))
    except DomainError as refusal:
        form.add_error("new", translated(refusal.message))
    else:
        update_session_auth_hash(request, request.user)  # a new session id with it
        follow_key(session, request.session.session_key or "")
        return True
    return False


@page
@never_cache
@login_required
@require_GET
def home(request: SignedIn) -> HttpResponse:
    return render(request, "accounts/home.html", {"groups": request.user.group_set.order_by("name")})


@page
@login_required
@require_GET
def sessions(request: SignedIn) -> HttpResponse:
    """Redirect from the former address of the list of sessions to the account page."""
    return redirect("account")


@part_of("account")
@login_required
@require_POST
def end_session(request: SignedIn, pk: UUID) -> HttpResponse:
    session = get_object_or_404(request.user.sessions, pk=pk)
    if session == session_of(request):
        return sign_out(request)
    revoke_session(actor=request.user, session=session, because="ended by its owner")
    messages.success(request, gettext("That session is ended."))
    return redirect("account")


@part_of("account")
@login_required
@require_POST
def end_other_sessions(request: SignedIn) -> HttpResponse:
    user, this = request.user, session_of(request)
    ended = revoke_all(actor=user, user=user, because="ended by its owner", keep=this)
    messages.success(
        request,
        ngettext("Signed out elsewhere: %(count)s session.", "Signed out elsewhere: %(count)s sessions.", ended)
        % {"count": ended},
    )
    return redirect("account")
