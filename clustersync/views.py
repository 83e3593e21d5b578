"""What people do on the page of their account about tokens for clusters."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.returning import part_of
from accounts.views.browser_session import SignedIn
from clustersync.models import with_uuid
from clustersync.services.tokens import LIFETIMES, create_token, revoke_token, tokens_of
from common.errors import DomainError


class TokenForm(forms.Form):
    name = forms.CharField(max_length=100)
    cluster = forms.UUIDField()
    seconds = forms.TypedChoiceField(choices=[(seconds, words) for seconds, words, _ in LIFETIMES], coerce=int)


@part_of("account")
@never_cache
@login_required
@require_POST
def make_token(request: SignedIn) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say what the token is for, and choose its cluster and when it ends.")
        return redirect("account")
    try:
        token, secret = create_token(
            actor=request.user,
            session=request.browser_session.session,
            cluster=with_uuid(str(form.cleaned_data["cluster"])),
            name=form.cleaned_data["name"],
            lifetime=timedelta(seconds=form.cleaned_data["seconds"]),
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("account")
    return render(request, "clustersync/token_made.html", {"token": token, "secret": secret})


@part_of("account")
@login_required
@require_POST
def revoke(request: SignedIn, pk: UUID) -> HttpResponse:
    token = get_object_or_404(tokens_of(request.user), pk=pk)
    try:
        revoke_token(actor=request.user, token=token)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, f"The token {token} is revoked.")
    return redirect("account")
