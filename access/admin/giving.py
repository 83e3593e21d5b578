"""Give a role in place: the small form on the page of a person, group, application or part of the tree."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from access.admin.here import page_of
from access.catalog import role_with_id, roles
from access.models import Scope, SubjectType
from access.not_carried import said_of_tokens
from access.ports.applications import applications
from access.services import grant_access, permitted
from accounts.admin.acting import acting
from accounts.models import Group, User
from accounts.returning import part_of
from common.errors import DomainError
from common.translating import translated


class GiveForm(forms.Form):
    """Offer the people whom the giver may see, and take any name."""

    user = forms.ModelChoiceField(User.objects.none(), required=False)
    subject_type = forms.ChoiceField(
        choices=[(value, gettext_lazy(str(label))) for value, label in SubjectType.choices], required=False
    )
    subject_id = forms.CharField(max_length=254, required=False)
    role = forms.TypedChoiceField(choices=lambda: [(role.id, role.name) for role in roles().values()], coerce=int)
    scope = forms.ModelChoiceField(Scope.objects.none())

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.POST)
        users = admin.site._registry[User].get_queryset(request)
        scopes = permitted(acting(request), "create", "access_rules")
        self.fields["user"].queryset = users  # type: ignore[attr-defined]  # as Django documents it
        self.fields["scope"].queryset = scopes  # type: ignore[attr-defined]
        self.full_clean()

    @property
    def whom(self) -> tuple[str, str] | None:
        given = self.cleaned_data
        if user := given.get("user"):
            return SubjectType.USER.value, user.email
        kind, name = given.get("subject_type"), given.get("subject_id")
        return (kind, name) if kind and name else None


@part_of("admin:accounts_user_changelist")
@require_POST
def give_role(request: HttpRequest) -> HttpResponse:
    actor = acting(request)
    if not actor.has_perm("access_rules.create"):
        raise PermissionDenied
    form = GiveForm(request)
    if form.whom is None:
        messages.error(request, gettext("Choose one of the people whom you may see, or type who gets the role."))
    elif not form.is_valid():
        messages.error(request, gettext("Choose a role and where it counts."))
    else:
        kind, name = form.whom
        role, scope = role_with_id(form.cleaned_data["role"]), form.cleaned_data["scope"]
        try:
            rule = grant_access(actor=actor, subject_type=kind, subject_id=name, role=role, scope=scope)
        except DomainError as refusal:
            messages.error(request, gettext("Not given: %(message)s") % {"message": translated(refusal.message)})
        else:
            messages.success(
                request,
                gettext("Given: %(subject_id)s is %(name)s in %(scope)s now.")
                % {"subject_id": rule.subject_id, "name": role.name, "scope": scope},
            )
            if said := said_of_tokens(rule, reader=actor):
                messages.warning(request, said)
    return redirect(_back_to(request, form))


def _back_to(request: HttpRequest, form: GiveForm) -> str:
    """Return the page on which the form was: that of the scope if it says so, else that of the subject."""
    scope = form.cleaned_data.get("scope")
    if request.POST.get("back") == "scope" and scope:
        return page_of(scope)
    kind, name = form.whom or ("", "")
    if kind == SubjectType.USER:
        subject: Any = User.objects.filter(email=name).first()
    elif kind == SubjectType.GROUP:
        subject = Group.objects.filter(name=name).first()
    else:
        subject = applications().named(name)
    page = {"user": "accounts_user", "group": "accounts_group"}.get(kind, "tokens_application")
    if subject is None:
        return reverse("admin:accounts_user_changelist")
    return reverse(f"admin:{page}_access", args=[subject.pk])
