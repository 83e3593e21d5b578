"""Pages of people's account about their tokens for clusters."""

from datetime import timedelta
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.returning import part_of
from accounts.signing_in import SignedIn, session_of
from clustersync.models import with_uuid
from clustersync.services.tokens import LIFETIMES, create_token, revoke_token, tokens_of
from common.downloads import inlined
from common.errors import DomainError
from common.once import shown_once
from common.translating import translated


class ClusterTokenForm(forms.Form):
    name = forms.CharField(max_length=100)
    cluster = forms.UUIDField()
    seconds = forms.TypedChoiceField(choices=[(seconds, words) for seconds, words, _ in LIFETIMES], coerce=int)


@part_of("account")
@never_cache
@login_required
@require_POST
@shown_once("account")
def make_token(request: SignedIn) -> HttpResponse:
    form = ClusterTokenForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Say what the token is for, and choose its cluster and when it ends."))
        return redirect("account")
    try:
        token, secret = create_token(
            actor=request.user,
            session=session_of(request),
            cluster=with_uuid(str(form.cleaned_data["cluster"])),
            name=form.cleaned_data["name"],
            lifetime=timedelta(seconds=form.cleaned_data["seconds"]),
        )
    except DomainError as refusal:
        messages.error(request, translated(refusal.message))
        return redirect("account")
    return render(request, "clustersync/token_made.html", {"token": token, "secret": secret, "file": inlined(secret)})


@part_of("account")
@login_required
@require_POST
def revoke(request: SignedIn, pk: UUID) -> HttpResponse:
    token = get_object_or_404(tokens_of(request.user), pk=pk)
    try:
        revoke_token(actor=request.user, token=token)
    except DomainError as refusal:
        messages.error(request, translated(refusal.message))
    else:
        messages.success(request, gettext("The token %(token)s is revoked.") % {"token": token})
    return redirect("account")
