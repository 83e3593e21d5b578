"""The page that gives a user another e-mail address."""

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.acting import acting
from accounts.models import User
from accounts.names import LONGEST_EMAIL
from accounts.ports.renaming import renaming_means
from accounts.services.renaming import rename_user
from common.errors import DomainError
from common.translating import translated


class RenameForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("New e-mail address"), max_length=LONGEST_EMAIL, widget=forms.EmailInput(attrs={"size": 40})
    )


def urls(page: "ModelAdmin[User]") -> list[URLPattern]:
    def rename(request: HttpRequest, pk: str) -> HttpResponse:
        user = page.get_queryset(request).filter(pk=pk).first()
        if user is None:
            raise Http404
        if not page.has_change_permission(request, user):
            raise PermissionDenied
        return _renamed(page, request, user)

    return [path("<uuid:pk>/rename/", page.admin_site.admin_view(rename), name="accounts_user_rename")]


def _renamed(page: "ModelAdmin[User]", request: HttpRequest, user: User) -> HttpResponse:
    form, before = RenameForm(request.POST if request.method == "POST" else None), user.email
    if form.is_valid():
        try:
            rename_user(actor=acting(request), user=user, email=form.cleaned_data["email"])
        except DomainError as refusal:
            form.add_error("email", translated(refusal.message))
        else:
            page.message_user(
                request,
                gettext("%(before)s is %(email)s now, and was signed out.") % {"before": before, "email": user.email},
                messages.SUCCESS,
            )
            return redirect("admin:accounts_user_change", user.pk)
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": gettext("Change the e-mail address of %(before)s") % {"before": before},
        "user_shown": user,
        "form": form,
        "also": renaming_means(),
    }
    return TemplateResponse(request, "admin/accounts/rename.html", context)
