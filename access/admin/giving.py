"""Give a role in place: the small form on a person's page."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from access.catalog import role_with_id, roles
from access.models import Scope, SubjectType
from access.services import grant_access, permitted
from accounts.admin.acting import acting
from accounts.models import User
from accounts.returning import part_of
from common.errors import DomainError


class GiveForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.none())
    role = forms.TypedChoiceField(choices=lambda: [(role.id, role.name) for role in roles().values()], coerce=int)
    scope = forms.ModelChoiceField(Scope.objects.none())


@part_of("admin:accounts_user_changelist")
@require_POST
def give_role(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    if not actor.has_perm("access_rules.create"):
        raise PermissionDenied
    users, scopes = admin.site._registry[User].get_queryset(request), permitted(actor, "create", "access_rules")
    form = GiveForm(request.POST)
    form.fields["user"].queryset = users  # type: ignore[attr-defined]  # as Django documents it
    form.fields["scope"].queryset = scopes  # type: ignore[attr-defined]
    form.full_clean()
    user: User | None = form.cleaned_data.get("user")
    if user is None:
        messages.error(request, "Choose one of the people whom you may see.")
        return redirect("admin:accounts_user_changelist")
    if not form.is_valid():
        messages.error(request, "Choose a role and where it counts.")
        return redirect("admin:accounts_user_access", user.pk)
    role, scope = role_with_id(form.cleaned_data["role"]), form.cleaned_data["scope"]
    try:
        grant_access(actor=actor, subject_type=SubjectType.USER, subject_id=user.email, role=role, scope=scope)
    except DomainError as refusal:
        messages.error(request, f"Not given: {refusal.message}")
    else:
        messages.success(request, f"Given: {user} is {role.name} in {scope} now.")
    return redirect("admin:accounts_user_access", user.pk)
